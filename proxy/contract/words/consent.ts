import type { SignInFailure } from '../sign-in.ts';

/** Why a sign-in that a person began failed, in a sentence or two. */
const failures: Record<SignInFailure, string> = {
  cancelled: 'The sign-in was given up.',
  denied: 'The provider says that consent was not given.',
  timeout: 'Nobody signed in within five minutes.',
  expired: 'The code was not used in time.',
  'no-browser-way': 'The provider has no way to sign in with a browser.',
  'no-device-way': 'The provider has no way to sign in with a code on another machine. Use a browser on this computer.',
  'return-port-taken':
    'Another program uses the port on this computer that the provider sends the browser back to. Close that program, and sign in again.',
  'no-refresh-token':
    'The provider issued a token that expires soon, and none to renew it with. Sign in with a browser instead of a code, or ask the provider what the client id may do.',
  'wrong-mailbox': 'Somebody else signed in: the mail server does not accept this consent for the account’s user name.',
  'server-refused': 'The mail server does not accept what the provider issued.',
  'issuer-not-trusted': 'The provider’s sign-in is not what it should be.',
  'issuer-unavailable': 'The provider’s sign-in cannot be reached.',
  configuration: 'The provider rejects the way in which Postern asked.',
  'not-stored': 'What the provider issued could not be stored.',
};

/** @param detail what else is known, in sentences */
export function signInFailureText(reason: SignInFailure, detail?: string): string {
  return detail === undefined ? failures[reason] : `${failures[reason]} ${detail}`;
}

/** Where a person can take a consent back. */
export const takenBackThere = 'on the provider’s own page, under “apps with access” or “security”';

/** What became of a consent that is no longer wanted. */
export const consentOutcomes = {
  revoked: 'The provider has taken the consent back.',
  forgotten: `Nothing of the consent is here any more. The provider could not be told; you can take it back ${takenBackThere}.`,
};

/** What the browser shows at the end. */
export const endPages = {
  signedIn: {
    title: 'Signed in',
    sentence: 'Postern can fetch and send your mail now. You can close this page.',
  },
  failed: {
    title: 'That did not work',
    sentence: 'Postern says why in the place where you began to sign in. You can close this page.',
  },
} as const;

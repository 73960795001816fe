import type { SignInNeed } from '../sign-in.ts';

/*
 * What waits for a person, and alarms: in the window, in notifications, in the tray, in the terminal and in what a mail
 * program is told. Clauses and headlines are without a full stop.
 */

/** The headline of an alarm. */
export const mayBeIntercepted = (host: string) => `The connection to ${host} may be intercepted`;

/** What a server could do before. Follows its name. */
export const couldBefore = {
  certificate: 'proved who it is before, and now it cannot',
  encryption: 'offered encryption before, and now it does not',
};

/** A sentence. */
export const untilYouKnowWhy = 'Do not use this network for mail until you know why.';

/** A sentence: another path to the server is under alarm. */
export const doubtedWords =
  'Another path to the same server may be intercepted. This one has shown nothing wrong: every connection is verified, or stopped.';

/** The headline of a question about a server that is met for the first time. */
export const isThisReally = (host: string) => `Is this really ${host}?`;

/** The headline of a question about a server that the person trusted with another certificate. */
export const showsAnother = (host: string) => `${host} shows another certificate than before`;

/** What became of an earlier decision about the same server: a sentence. */
export const decidedBefore = {
  trusted: 'You trusted this certificate before; that decision has ended.',
  rejected: 'You rejected a certificate of this server before.',
};

/** A certificate that was trusted before, and what is wrong with it now: sentences. */
export const trustedBefore = {
  expired: 'You trusted this certificate before; it has expired since.',
  otherFaults: 'You trusted this certificate before; what is wrong with it has changed since.',
};

/** What a command is told that names a question which is not open. */
export const noSuchQuestion = 'No question with this id is waiting for a decision.';

export const waitsForSignIn = (account: string) => `${account} waits for you to sign in`;
export const waitForSignIn = (accounts: number) => `${accounts} accounts wait for you to sign in`;

/** Why Postern cannot sign in for an account: clauses. */
export const signInNeedWords: Record<SignInNeed, string> = {
  'password-missing': 'no password is stored for it yet',
  'password-refused': 'the server no longer accepts the stored password',
  'consent-missing': 'nobody has consented at the provider yet',
  'consent-gone': 'the consent at the provider has ended',
  'servers-changed': 'it has another server now, and what is stored was given for the one before',
  'vault-unavailable': 'what is stored for it cannot be read, because the key of the vault is missing or locked',
};

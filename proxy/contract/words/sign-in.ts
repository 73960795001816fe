import { type Purpose, protocolFacts } from '../protocol-facts.ts';
import { practiceServer, type SignInNeed } from '../sign-in.ts';
import { failure, typed } from './failure.ts';
import { a, begun } from './phrases.ts';
import { signInNeedWords } from './waiting.ts';

/** What a provider is called by its customers. */
interface Provider {
  provider?: string;
}

const who = ({ provider = 'The mail provider' }: Provider) => provider;

/** What Postern signs in with. */
interface Way {
  way: 'password' | 'token';
}

const asForMail =
  '; the user name is often the whole e-mail address. If they work in the web browser, the provider may want an app password.';

/** How a user name looks like, and what else may be the matter. Follows "Type both again". */
const typedAgain: Record<Purpose, string> = {
  incoming: asForMail,
  outgoing: asForMail,
  news: ': those that the news server knows you by, which need not be those of your mail. If they are right, ask whoever runs the news server.',
  'address-book':
    '. The user name is often your whole name in the directory (its DN), such as uid=ada,ou=people,dc=example,dc=org. Many directories give the same answer for an account that is locked or has expired: if both are right, ask whoever runs the directory.',
};

/** Sign-ins that the server refused, and those that Postern cannot do or rejects. */
export const signIn = {
  'wrong-password': failure({
    title: 'The password was not accepted',
    sentence: () => 'The server did not accept the user name and password.',
    advice: ({ server, protocol }) =>
      server === practiceServer.host
        ? `The practice server knows no others than the user name ${practiceServer.user} and the password “${practiceServer.password}”. Type those in.`
        : `Type both again${typedAgain[protocol === undefined ? 'incoming' : protocolFacts[protocol].purpose]}`,
  }),
  'app-password-needed': failure<Provider>({
    title: 'An app password is needed',
    sentence: (known) =>
      `${who(known)} did not accept this password: mail programs need an app password there, not the usual one.`,
    advice: () =>
      'Make an app password in the security settings of your account on the provider’s web site, and type it into the mail program.',
  }),
  'oauth-needed': failure<Provider>({
    title: 'The provider wants the modern sign-in',
    sentence: (known) =>
      `${who(known)} does not accept passwords from mail programs any more: it wants the modern sign-in (OAuth).`,
    advice: (known) =>
      `Let Postern sign in with your consent. In the window: edit the account, and choose there that Postern signs in. In the terminal: give it a "signIn" of the kind "oauth", then ${typed('accounts sign-in', known)}. docs/oauth.md has more.`,
  }),
  'web-sign-in-needed': failure<Provider>({
    title: 'Sign in with a web browser first',
    sentence: (known) => `${who(known)} wants you to sign in with a web browser first.`,
    advice: () => 'Sign in on the provider’s web site, answer what it asks, then try again.',
  }),
  'login-disabled': failure<Provider>({
    title: 'Mail programs are switched off for your account',
    sentence: (known) => `${who(known)} has switched this way of fetching or sending mail off for your account.`,
    advice: () =>
      'Switch it on in the mail settings on the provider’s web site (IMAP, POP3 or “SMTP AUTH”), or ask the administrator.',
  }),
  'no-password-sign-in': failure({
    title: 'No sign-in by password here',
    sentence: ({ server, port }) => `${server} offers no sign-in by password on ${port}.`,
    advice: ({ kind }) =>
      kind.mail
        ? 'Check the port: for sending mail it is 465 or 587, not 25. If it is right, the provider may want the modern sign-in (OAuth).'
        : `Ask ${kind.keeper} how programs sign in there. Where it lets everybody read, leave user name and password out in the program.`,
  }),
  'credentials-missing': failure({
    title: 'The server wants user name and password',
    sentence: ({ server }) => `${server} lets nobody in without both a user name and a password.`,
    advice: ({ kind }) =>
      `Type both into the ${kind.client}: without the password, a user name counts for nothing there. ${begun(kind.keeper)} knows which are yours.`,
  }),
  'password-expired': failure({
    title: 'The password has expired',
    sentence: ({ server }) => `${server} wants a new password: this one has expired, or has to be changed first.`,
    advice: ({ kind }) =>
      `Change it as ${kind.keeper} lets you, often on a web page; old programs cannot. Then type the new one into the ${kind.client}, or store it where Postern keeps it.`,
  }),
  'account-disabled': failure({
    title: 'The account may not sign in',
    sentence: ({ server }) =>
      `${server} does not let this account sign in: it is disabled or has expired, or may not at this time or from this computer.`,
    advice: ({ kind }) => `Ask ${kind.keeper}. Another password does not help.`,
  }),
  'sign-in-refused': failure({
    title: 'The server refuses the sign-in',
    sentence: ({ server }) => `${server} refused the sign-in, and gave a reason that is not the password.`,
    advice: ({ kind }) =>
      `Ask ${kind.keeper}: the account may be locked, or the server may want another way of signing in.`,
  }),
  'ldap-version-refused': failure({
    title: 'The directory does not take the program’s old LDAP',
    sentence: ({ server }) => `${server} does not accept LDAP version 2, which is all that the program asked for.`,
    advice: () =>
      'Set the program to LDAP version 3 if it can. Otherwise ask whoever runs the directory to allow binds of version 2.',
  }),
  'directory-name-wanted': failure({
    title: 'The directory wants your whole name',
    sentence: ({ server }) =>
      `${server} wants your whole name in the directory as the user name, and what it was given is none.`,
    advice: () =>
      'Type the name that the directory has for you (its DN), for example uid=ada,ou=people,dc=example,dc=org; whoever runs the directory knows it.',
  }),
  'mailbox-locked': failure({
    title: 'The mailbox is in use',
    sentence: () => 'The mailbox is in use by another program.',
    advice: () => 'Close other mail programs and devices that fetch from it, wait a few minutes, and try again.',
  }),
  'mailbox-refused': failure({
    title: 'Signed in, but the mailbox is refused',
    sentence: ({ server }) => `${server} accepted user name and password, and then refused the mailbox.`,
    advice: () =>
      'Look into the mailbox on the provider’s web site: it may be full or closed, or mail programs may have to be allowed there. Otherwise ask the provider.',
  }),
  'directory-refused': failure({
    title: 'Signed in, but the directory may not be searched',
    sentence: ({ server }) => `${server} accepted user name and password, and then refused to be searched.`,
    advice: () =>
      'Ask whoever runs the directory what this user may read, and which search base the address book of your program needs.',
  }),
  'id-wanted': failure({
    title: 'The server wants to know the mail program',
    sentence: ({ server }) => `${server} only lets in mail programs that say which one they are.`,
    advice: () =>
      'Try again: Postern has noted it, and says it for your mail program from now on. If it keeps happening, ask the provider.',
  }),
  'account-blocked': failure({
    title: 'The server has blocked signing in for a while',
    sentence: () =>
      'The server has blocked signing in for a while, after too many attempts or for another reason of its own.',
    advice: ({ kind }) =>
      `Stop every ${kind.client} that still has an old password, wait an hour, then try again. Ask ${kind.keeper} if it keeps happening.`,
  }),
  'sign-in-needed': failure<{ need: SignInNeed }>({
    title: 'Postern is waiting for you to sign in',
    sentence: ({ need }) => `Postern signs in for this account, but cannot: ${signInNeedWords[need]}.`,
    advice: (known) =>
      known.need === 'vault-unavailable'
        ? `Unlock the keychain of this system, or sign in once more on the account’s page or with ${typed('accounts sign-in', known)}. Nothing was sent.`
        : `Open the account’s page in Postern, or use ${typed('accounts sign-in', known)}. The ${known.kind.client}’s own settings are right as they are.`,
  }),
  'local-password-wrong': failure({
    title: 'The local password is wrong',
    sentence: ({ kind }) =>
      `${begun(a(kind.client))} did not know the local password of this account, and was turned away.`,
    advice: (known) =>
      `If it was yours, set its password to the one that the account’s page or ${typed('accounts local-password', known)} shows. ${known.kind.mail ? 'The provider’s password' : `That of the ${known.kind.service}`} does not fit here.`,
  }),
  'too-many-guesses': failure({
    title: 'Somebody is guessing the local password',
    sentence: () =>
      'Wrong local passwords were tried very often for this account in a short time, so every try is slowed down.',
    advice: ({ kind }) =>
      `Look for ${a(kind.client)} with an old password. If there is none, another program on this computer is guessing: it can only try slowly, and yours still gets in.`,
  }),
  'stored-sign-in-refused': failure<Way & { wants?: 'app-password' | 'scope' }>({
    title: 'The server does not accept what Postern signs in with',
    sentence: ({ server, way }) =>
      `${server} did not accept ${way === 'password' ? 'the password that is stored for this account' : 'the sign-in that you consented to'}.`,
    advice: ({ way, wants, options, kind }) => {
      if (wants === 'scope')
        return 'The consent does not cover what this server wants. Write its permissions as "scopes" into the account (docs/oauth.md), then sign in again on its page.';
      if (way === 'token')
        return 'Check the user name of the account: the consent may be for another mailbox. Then sign in again on its page.';
      const what = wants === 'app-password' ? 'an app password of the provider' : 'the right password';
      return `Store ${what} on the account’s page or with ${typed('accounts sign-in', { options })}. The ${kind.client}’s own settings are right as they are.`;
    },
  }),
  'no-common-mechanism': failure<Way>({
    title: 'The server offers no suitable way to sign in',
    sentence: ({ server, port, way }) =>
      `${server} offers no way to sign in with a ${way} on ${port} that Postern knows. None of it was sent.`,
    advice: ({ way, kind }) =>
      way === 'password' && !kind.mail
        ? `Ask ${kind.keeper} how programs sign in there.`
        : way === 'password'
          ? 'Check server and port: for sending mail it is 465 or 587, not 25. If they are right, the provider may want the modern sign-in (OAuth).'
          : 'Check server and port. If they are right, the provider may accept only passwords here.',
  }),
  'false-proof': failure({
    title: 'The server does not know the password',
    sentence: ({ server }) => `${server} did not prove that it knows the password (SCRAM). It may not be your server.`,
    advice: (known) =>
      `Postern ended the connection. Ask whoever runs the server, and look at what you have trusted on Postern’s Certificates page or with ${typed('certificates', known)}.`,
  }),
  'issuer-unavailable': failure<{ issuer?: string }>({
    title: 'The provider’s sign-in cannot be reached',
    sentence: ({ issuer = 'The place where you consented' }) =>
      `${issuer} is not issuing new passes for the mail server at the moment.`,
    advice: () =>
      'Your consent is kept, and Postern tries again by itself. Check the connection if it keeps happening.',
  }),
};

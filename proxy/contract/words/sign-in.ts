import { failure } from './failure.ts';

/** What a provider is called, as its customers do. */
interface Provider {
  provider?: string;
}

const who = ({ provider = 'The mail provider' }: Provider) => provider;

/** Sign-ins that the server turned down. */
export const signIn = {
  'wrong-password': failure({
    title: 'The password was not accepted',
    sentence: () => 'The server did not accept the user name and password.',
    advice: () =>
      'Type both again; the user name is often the whole e-mail address. If they work in the web browser, the provider may want an app password.',
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
    advice: () =>
      'Postern carries passwords only. Put a program that does OAuth between, such as Email OAuth 2.0 Proxy, or forward the mail to another provider.',
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
    advice: () =>
      'Check the port: for sending it is 465 or 587, not 25. If it is right, the provider may want the modern sign-in (OAuth).',
  }),
  'mailbox-locked': failure({
    title: 'The mailbox is in use',
    sentence: () => 'The mailbox is in use by another program.',
    advice: () => 'Close other mail programs and devices that fetch from it, wait some minutes, and try again.',
  }),
  'mailbox-refused': failure({
    title: 'Signed in, but the mailbox is refused',
    sentence: ({ server }) => `${server} accepted user name and password, and then refused the mailbox.`,
    advice: () =>
      'Look into the mailbox on the provider’s web site: it may be full or closed, or mail programs may have to be allowed there. Otherwise ask the provider.',
  }),
  'account-blocked': failure({
    title: 'The server has blocked signing in for a while',
    sentence: () =>
      'The server has blocked signing in for a while, after too many attempts or for another reason of its own.',
    advice: () =>
      'Stop every mail program that still has an old password, wait an hour, then try again. Ask the provider if it stays so.',
  }),
};

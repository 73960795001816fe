import {
  type Admission,
  begun,
  consentOutcomes,
  type SignIn,
  type SignInNeed,
  signInNeedWords,
  type VaultKeyPlace,
} from '../../proxy/contract/index.ts';
import type { Kind } from '../../proxy/contract/words/kinds.ts';

/** What a person can do besides signing in. */
const cures: Partial<Record<SignInNeed, string>> = {
  'servers-changed':
    ' What Postern keeps is not sent to a new one unasked. If the new server is right, sign in once more.',
  'vault-unavailable': ' Unlock the keychain of this system, or sign in once more.',
};

/** Signing in at the mail server: by the mail program, or by Postern in its place. */
export const signIn = {
  heading: 'Signing in',
  way: {
    'pass-through': (_user, { client }) =>
      `Your ${client} signs in by itself, with the user name and the password that it has. Postern passes both on and keeps neither.`,
    stored: (user) => `Postern signs in as ${user}, with a password that it keeps.`,
    oauth: (user) => `Postern signs in as ${user}, with your consent at the provider. It keeps no password of yours.`,
  } satisfies Record<SignIn['kind'], (user: string, kind: Kind) => string>,
  last: 'The server last took it:',
  needed: 'Postern cannot sign in',
  need: (reason: SignInNeed) => `${begun(signInNeedWords[reason])}.${cures[reason] ?? ''}`,
  meanwhile: ({ client }: Kind) =>
    `${begun(client)}s of this account are held or asked to come back later. Their settings are right as they are.`,
  key: {
    keychain: 'What Postern keeps is encrypted; the key lies in the keychain of this system.',
    'systemd-credential': 'What Postern keeps is encrypted; the key lies in a credential of systemd.',
    file: 'What Postern keeps is encrypted; the key lies in a file beside it. Whoever can read both files can open it.',
  } satisfies Record<VaultKeyPlace, string>,
  keyProblem: (problem: string) => `It cannot be opened: ${problem}`,

  consent: {
    start: 'Sign in',
    again: 'Sign in again',
    byCode: 'Sign in with a code on another device',
    secret: 'Client secret',
    secretHint: 'Only if the provider gave you one together with the client id. Postern keeps it from then on.',
    underWay: 'Waiting for you at the provider’s page, for five minutes at most.',
    starting: 'Asking the provider …',
    inBrowser: 'Its page has opened in your web browser. If it has not, open this address there:',
    toPage: 'Open the provider’s page',
    address: 'Address',
    code: 'Code',
    codeText: 'On any device, open the address and type the code.',
    copyAddress: 'Copy the address',
    cancel: 'Give up',
    done: (user: string) =>
      `Signed in as ${user}. Every server of the account that could be reached has taken it. Mail programs go on by themselves.`,
  },

  stored: {
    password: 'Password at the provider',
    passwordHint: 'If the provider has app passwords, make one for Postern and type that. It is shown nowhere again.',
    store: 'Keep this password',
    replace: 'Replace the stored password',
    done: 'The password is stored. The test below tries it at each server.',
  },

  form: {
    kind: ({ service }: Kind) => `Who signs in at the ${service}?`,
    kinds: ({ client }: Kind) =>
      ({
        'pass-through': {
          label: `The ${client}`,
          hint: 'With its own user name and password, which Postern passes on and does not keep',
        },
        stored: {
          label: 'Postern, with a password',
          hint: `It keeps the provider’s (app) password; the ${client} gets a local one`,
        },
        oauth: {
          label: 'Postern, with your consent',
          hint: `The modern sign-in (OAuth), for providers that take no password; the ${client} gets a local one`,
        },
      }) satisfies Record<SignIn['kind'], { label: string; hint: string }>,
    user: ({ service }: Kind) => `User name at the ${service}`,
    userHint: ({ keeper, mail }: Kind) =>
      mail
        ? 'Often the whole e-mail address.'
        : `As ${keeper} told you; in a directory often a whole name (DN): uid=ada,ou=people,dc=example,dc=org.`,
    storedLater: 'Postern asks for the password on the account’s page, once this is saved.',
    consentLater: 'You consent at the provider from the account’s page, once this is saved.',
    provider: 'Provider',
    ownProvider: 'Another one, or a server of my own',
    issuer: 'Address of its sign-in',
    issuerHint: 'Whoever runs the server knows it, for example https://login.example.org.',
    clientId: 'Client id',
    clientIdHint: 'The name under which Postern asks this provider for your consent. It is no secret.',
    clientIdHintOwn: 'Leave it empty if the server gives programs one by itself.',
    steps: (provider: string) => `How to get a client id for ${provider}`,
    unchecked: (facts: string) => `Not checked with the provider’s own page: ${facts}`,
    wrong: {
      user: { missing: 'Type the user name.', wrong: 'At most 255 ordinary characters.' },
      provider: { missing: 'Choose the provider.', wrong: 'Choose the provider.' },
      issuer: {
        missing: 'Type the address, which begins with https://.',
        wrong: 'The whole address, which begins with https://.',
      },
      clientId: {
        missing: 'This provider wants a client id. The steps above say how to get one.',
        wrong: 'Letters, digits and signs without blanks.',
      },
    },
    admit: 'How may the mail program send?',
    admissions: {
      password: { label: 'With the local password', hint: 'Nobody else on this computer sends as you' },
      'no-password': {
        label: 'Without a password',
        hint: 'For programs that cannot sign in to send. Every program of yours on this computer can then send as you',
      },
    } satisfies Record<Admission, { label: string; hint: string }>,
  },

  out: {
    action: 'Sign out',
    title: (name: string) => `Sign out of ${name}?`,
    text: {
      stored: 'Postern forgets the password that it keeps, and cannot sign in until you give it one again.',
      oauth:
        'Postern takes your consent back at the provider where it can, forgets it here, and cannot sign in until you consent again.',
    },
    revoked: `Signed out. ${consentOutcomes.revoked}`,
    forgotten: {
      stored: 'Signed out. The password is forgotten.',
      oauth: `Signed out. ${consentOutcomes.forgotten}`,
    },
  },

  local: {
    heading: 'Local password',
    lead: ({ client, service, mail }: Kind) =>
      `Your ${client} gives this password to Postern, in place of the one ${mail ? 'of your provider' : `for the ${service}`}. It is good for nothing else and opens nothing but this account on this computer.`,
    show: 'Show the local password',
    hide: 'Hide',
    password: 'Local password',
    user: 'User name',
    anyUser: 'any; the password alone decides',
    copy: 'Copy the local password',
    copied: 'The local password is copied.',
    replace: 'Replace it with a new one',
    replaceShort: 'Replace it with a short one',
    shortHint: 'The short one has eight characters, for programs with a small field.',
    confirm: 'Replace the local password?',
    confirmText:
      'The present one ends at once. Every program of this account has to be given the new one before it can connect again.',
    confirmAction: 'Replace',
  },
};

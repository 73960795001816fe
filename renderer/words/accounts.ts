import { begun, type CheckStep, type Protocol, type Purpose, type Referrals } from '../../proxy/contract/index.ts';
import type { Kind } from '../../proxy/contract/words/kinds.ts';

export const accounts = {
  heading: 'Accounts',
  lead: 'Postern keeps no password of yours, unless you have it sign in for the mail program.',
  add: 'Add an account',
  none: 'There is no account yet.',
  list: 'Your accounts',
  find: 'Find an account',
  noMatch: 'No account matches.',
  back: 'All accounts',
  missing: 'There is no longer an account with this name.',
  edit: 'Edit',
  remove: 'Remove',
  confirmRemove: (name: string) => `Remove ${name}?`,
  confirmRemoveText: ({ client, mail }: Kind) =>
    `${begun(client)}s that use it can no longer connect, and its open connections end.${mail ? ' Your mail stays where it is.' : ''}`,
  confirmRemoveOwn: {
    stored: 'The password that Postern keeps for it, and its local password, are forgotten.',
    oauth: 'Your consent is taken back at the provider where it can be, and forgotten here with the local password.',
  },
  saved: 'Saved. Postern uses it from now on.',
  loading: 'Reading the accounts …',

  values: {
    heading: ({ client }: Kind) => `Type this into your ${client}`,
    lead: ({ keeper, mail }: Kind) =>
      mail
        ? 'Everything else stays as your mail provider told you: your user name, your password, your address.'
        : `Everything else stays as ${keeper} told you.`,
    server: 'Server',
    port: 'Port',
    security: 'Connection security',
    securityValue: 'None',
    securityHint: 'Postern encrypts everything that leaves this computer.',
    deviceSecurity: {
      off: { value: 'None', hint: 'It crosses the local network as it is. Postern encrypts the rest of the way.' },
      offer: { value: 'STARTTLS', hint: 'None works as well, and crosses the local network as it is.' },
      require: { value: 'STARTTLS', hint: 'Nothing is taken without.' },
      implicit: { value: 'SSL/TLS', hint: 'Nothing is taken without.' },
    },
    authentication: 'Authentication',
    authenticationValue: 'Normal password',
    user: 'User name',
    practiceLead: 'Type in what stands here; the practice server knows nobody else.',
    userValue: ({ keeper, mail }: Kind) =>
      mail ? 'as your provider told you' : `as ${keeper} told you, or none where none is wanted`,
    ownLead: ({ service, mail }: Kind) =>
      `Postern signs in at ${mail ? 'your provider' : `the ${service}`}, so the program needs neither the user name nor the password there.`,
    ownUserValue: 'any',
    password: 'Password',
    localPassword: 'the local password, see below',
    noPassword: 'Sending needs no sign-in here.',
    noAuthentication: 'None',
    purposes: { incoming: 'Incoming mail', outgoing: 'Outgoing mail', news: 'News', 'address-book': 'Address book' },
    anyPort: 'chosen at start',
  },

  check: {
    heading: 'Test',
    lead: ({ client }: Kind) =>
      `Signs in the way your ${client} would, and shows each step. Without a user name, the test stops before signing in.`,
    ownLead: ({ client }: Kind) =>
      `Signs in the way your ${client} would, with the local password, has Postern sign in at each server, and shows each step.`,
    user: 'User name',
    password: 'Password',
    passwordHint: 'Used only for this test and not kept.',
    start: 'Start the test',
    running: 'Testing …',
    waits: 'The test waits for your answer to a question about the server’s certificate.',
    ok: 'Everything works.',
    notTried: 'The servers can be reached and are verified. Signing in was not tried.',
    failed: 'Not everything works.',
    steps: 'Steps of the test',
    step: {
      connect: 'Reach Postern',
      greeting: 'Server answers',
      tls: 'Encrypt and check the server',
      'sign-in': 'Sign in',
      'sign-out': 'Sign out',
    } satisfies Record<Exclude<CheckStep['step'], 'mailbox'>, string>,
    /** What is tried behind the sign-in. */
    inside: {
      incoming: 'Open the mailbox',
      outgoing: 'Name the sender',
      news: 'Ask what may be done',
      'address-book': 'Search the directory',
    } satisfies Record<Purpose, string>,
    outcome: { ok: 'done', failed: 'failed', skipped: 'left out' } satisfies Record<CheckStep['outcome'], string>,
  },

  form: {
    newHeading: 'New account',
    editHeading: (name: string) => `Edit ${name}`,
    restored: 'This is what you had typed when this page was loaded again. It is not saved yet.',
    name: 'Name of the account',
    nameHint: 'As you would call it, for example Work.',
    relay: (number: number, kind: string) => `${number}. ${kind}`,
    kind: 'What is this path for?',
    kinds: {
      imap: { label: 'Reading mail', hint: 'IMAP: mail stays on the server' },
      pop3: { label: 'Fetching mail', hint: 'POP3: mail is moved to this computer' },
      smtp: { label: 'Sending mail', hint: 'SMTP' },
      nntp: { label: 'News', hint: 'NNTP: newsgroups are read and posted to' },
      ldap: { label: 'Address book', hint: 'LDAP: people are looked up in a directory' },
    } satisfies Record<Protocol, { label: string; hint: string }>,
    server: 'Server',
    serverHints: {
      imap: 'As your mail provider names it, for example imap.example.org.',
      pop3: 'As your mail provider names it, for example pop.example.org.',
      smtp: 'As your mail provider names it, for example smtp.example.org.',
      nntp: 'As your provider names it, for example news.example.org.',
      ldap: 'As its owner names it, for example ldap.example.org.',
    } satisfies Record<Protocol, string>,
    port: 'Server port',
    tls: 'Encryption begins',
    tlsModes: {
      implicit: { label: 'At once', hint: 'Also called SSL/TLS' },
      starttls: { label: 'After a greeting', hint: 'Also called STARTTLS' },
    },
    listenPort: 'Port on this computer',
    listenPortHint: ({ client }: Kind) => `Your ${client} connects to this one.`,
    suggest: 'Suggest a free one',
    advanced: 'More settings',
    relayName: 'Short name',
    relayNameHint: 'For the log and the command line.',
    listenAddress: 'Address on this computer',
    listenAddressHint: '127.0.0.1, another address that begins with 127, ::1, or “both”.',
    both: 'both',
    referrals: 'If the directory refers to a server without encryption',
    referralChoices: {
      remove: { label: 'Take that out of the answer', hint: 'What only the other server has is missing' },
      refuse: { label: 'End the connection', hint: 'Nothing is missing without your noticing' },
    } satisfies Record<Referrals, { label: string; hint: string }>,
    address: 'Connect to this address instead',
    addressHint: 'Only if the server is reached by another name. Its certificate must still name the server above.',
    certificate: 'Your own certificate (file)',
    certificateHint: 'Only if your provider gave you one to sign in with.',
    key: 'Its key (file)',
    addRelay: 'Add a path',
    removeRelay: 'Remove this path',
    removeRelayName: (name: string) => `Remove this path: ${name}`,
    save: 'Save',
    faults: 'Please look at the marked fields.',
    changedElsewhere:
      'This account was changed elsewhere while you were editing it. Go back, look at it again and repeat your change.',
    confirmServer: (name: string) => `Send ${name} to another server?`,
    confirmPort: (name: string) => `Use another port of the same server for ${name}?`,
    confirmPortText: (changes: string) =>
      `${changes} The server is the same; Postern verifies it at the new port before anything is sent.`,
    confirmPortAction: 'Change the port',
    serverBecomes: (from: string, to: string) => `${from} becomes ${to}.`,
    confirmServerText: (changes: string) =>
      `${changes} Whoever runs the new server gets the user name and the password that your program sends.`,
    confirmServerTextOwn: {
      stored: (changes: string) =>
        `${changes} The password that Postern keeps is for the old servers: it will ask you for it again.`,
      oauth: (changes: string) =>
        `${changes} Your consent is for the old servers: Postern will ask you to sign in again before anything goes to the new one.`,
    },
    confirmServerAction: 'Change the server',
    noRelays: 'Add at least one path, so that your program has something to connect to.',
  },

  /** Shown at a field whose value is invalid. `taken`: another account or path already has it. */
  wrong: {
    name: {
      missing: 'Give the account a name.',
      taken: 'Another account has this name.',
      wrong: 'At most 100 ordinary characters.',
    },
    relayName: {
      missing: 'Give this path a short name.',
      taken: 'Another path has this name.',
      wrong: 'At most 100 ordinary characters.',
    },
    server: {
      missing: 'Type the server’s name.',
      taken: 'Type the server’s name.',
      wrong: 'Only the name, such as imap.example.org: no “https://”, no port, no user name.',
    },
    port: {
      missing: 'Type the server’s port.',
      taken: 'Type another port.',
      wrong: 'A whole number from 1 to 65535.',
    },
    listenPort: {
      missing: 'Choose a port, or let Postern suggest one.',
      taken: 'Another path already uses this port.',
      wrong: 'A whole number from 0 to 65535.',
    },
    listenAddress: {
      missing: 'Type 127.0.0.1 if you are not sure.',
      taken: 'Another path already uses this address and port.',
      wrong: 'Only addresses of this computer itself: 127.0.0.1, ::1 or “both”.',
    },
    address: {
      missing: 'Leave it empty, or type a name or an address.',
      taken: 'Leave it empty, or type a name or an address.',
      wrong: 'Only a name or an address: no port, no “https://”.',
    },
    certificate: {
      missing: 'Type where the certificate file is, or leave both files empty.',
      taken: 'Type where the certificate file is.',
      wrong: 'Type where the certificate file is.',
    },
    key: {
      missing: 'Type where the key file is, or leave both files empty.',
      taken: 'Type where the key file is.',
      wrong: 'Type where the key file is.',
    },
    other: { missing: 'This is required.', taken: 'This is already used.', wrong: 'This value is not valid.' },
  },
};

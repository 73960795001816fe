import { type DiscoverySource, type DiscoveryStep, dnsAloneSays, type TlsMode } from '../../proxy/contract/index.ts';

export const findServers = {
  heading: 'New account',
  lead: 'Type your e-mail address. Postern finds the servers of your mail provider and tries each one before you decide.',
  address: 'Your e-mail address',
  addressHint:
    'Postern asks the name service (DNS), the domain of the address, and the servers that they name. No password is needed.',
  find: 'Find the servers',
  finding: 'Looking …',
  cancel: 'Stop looking',
  byHand: 'Enter the servers yourself',
  fromProgram: 'Take over the accounts of stunnel or Email OAuth 2.0 Proxy',
  steps: 'Steps of the search',
  stepOutcome: {
    running: 'under way',
    ok: 'found',
    nothing: 'nothing',
    failed: 'failed',
  } satisfies Record<DiscoveryStep['outcome'], string>,

  found: 'These servers were found',
  offline: 'This computer seems to be offline',
  offlineText: 'Nothing can be found out about the address until it is online. The address may be right.',
  nothing: 'No servers were found',
  nothingText:
    'Look for a typing error in the address, or ask your mail provider for the names of its servers and enter them yourself.',
  unusable: 'No server was found that can be used',
  unusableText: 'What was found, and why it cannot be used as it is, is said below.',
  partly: 'Only a part was found',
  partlyText: 'Ask your mail provider for the missing server and enter it yourself. What was found is filled in.',
  noMail: 'No mail server was found',
  noMailText:
    'What was found is not for mail, and can be an account of its own. For mail, ask your mail provider for the names of its servers and enter them yourself.',
  impossible: 'No mail program can be used with this provider',
  providerPage: 'The provider’s own page about this:',

  reading: 'How do you want to read your mail?',
  readingModes: {
    imap: { label: 'Leave it on the server', hint: 'IMAP' },
    pop3: { label: 'Fetch it to this computer', hint: 'POP3' },
  },
  searchPop3: 'My mail program needs POP3: look for that',
  kind: { incoming: 'Incoming mail', outgoing: 'Outgoing mail', news: 'News', 'address-book': 'Address book' },
  server: 'Server',
  port: 'Port',
  encryption: 'Encryption',
  mode: { implicit: 'from the first byte', starttls: 'after a greeting (STARTTLS)' } satisfies Record<TlsMode, string>,
  certificate: 'Certificate',
  certificateUntil: (day: string, version: string) => `verified, valid until ${day} (${version})`,
  source: 'Where the name comes from',
  sourceName: {
    'provider-table': 'Postern’s own table of providers',
    srv: 'the DNS of your provider',
    autoconfig: 'your provider’s settings file',
    'usual-names': 'a usual name, tried',
  } satisfies Record<DiscoverySource, string>,
  rejected: 'Found, but not usable',
  rejectedAt: (port: number, protocol: string) => `Port ${port} (${protocol}):`,

  confirmHeading: 'Is this your mail provider’s server?',
  confirmText: dnsAloneSays,
  confirm: (server: string) => `Yes, ${server} is a server of my mail provider`,
  keeper: 'Who sends the app password to the server?',
  keepers: {
    'pass-through': {
      label: 'The mail program sends it',
      hint: 'You type the app password there, and Postern keeps nothing',
    },
    stored: {
      label: 'Postern keeps it',
      hint: 'Encrypted, and asked for on the account’s page; the mail program gets a local password, which is short and good for nothing else',
    },
  },
  name: 'Name of the account',
  nameTaken: 'Another account has this name.',
  nameMissing: 'Give the account a name.',
  apart: {
    news: {
      add: 'Make an account of the news server',
      heading: 'Is this the news server that you use?',
      affirm: (server: string) => `Yes, ${server} is the news server that I use`,
    },
    'address-book': {
      add: 'Make an account of the directory',
      heading: 'Is this the directory that you use?',
      affirm: (server: string) => `Yes, ${server} is the directory that I use`,
    },
  },
  add: 'Add this account',
  byConsent: 'Have Postern sign in with your consent',
  addAnyway: 'Add it anyway',
  change: 'Change the values first',
  user: (user: string) => `In your mail program, the user name is ${user}.`,
};

/** The text of a client card. The labels on it are the mail program's own, and stay as the program spells them. */
export const cards = {
  link: 'Step by step for your mail program',
  heading: (program: string | null) => (program === null ? 'Your mail program' : program),
  lead: (account: string) => `What to type where, for the account ${account}.`,
  back: 'Back to the account',
  program: 'Which mail program is it?',
  programs: 'Mail programs',
  devices: 'Devices that send',
  choose: 'Choose …',
  incoming: 'How is mail read?',
  imap: { label: 'IMAP', hint: 'mail stays on the server' },
  pop3: { label: 'POP3', hint: 'mail is moved to this computer' },
  print: 'Print',
  copy: 'Copy',
  copyName: (value: string, label: string) => `Copy ${value} for “${label}”`,
  copied: 'Copied',
  copiedSaid: (value: string) => `Copied: ${value}`,
  notCopied: 'It could not be copied. Select it and press Ctrl and C.',
  type: 'type',
  choice: 'choose',
  tick: { on: 'tick: on', off: 'tick: off' },
  nothing: 'This account has nothing that this program could use.',
  missing: {
    receive: 'The account has no path for receiving mail with this program. Add one to the account.',
    send: 'The account has no path for sending mail with this program. Add one to the account.',
  },
  fixedPort: (relay: string, port: number, listens: string) =>
    `This program has no field for a port and always uses ${port}, but ${relay} listens on ${listens}. Set that path’s port on this computer to ${port}.`,
  unknownPort: 'chosen at start',
  checked: {
    program: 'The labels are the program’s own.',
    source: 'The labels come from descriptions of the program. In other versions they may differ a little.',
    partly: 'Some of the labels come from descriptions of the program, the others are the most likely ones.',
    no: 'Nobody has checked these labels against the program yet: they are the most likely ones. The values are right.',
  },
  plain:
    'Between the program and Postern there is no encryption, so the program must ask for none. Postern encrypts the rest.',
  ownLegs: {
    here: (relay: string) =>
      `${relay}: no encryption on the way to Postern, so ask for none. It does not leave this computer.`,
    off: (relay: string) =>
      `${relay}: no encryption on the way to Postern, so ask for none. What it sends crosses the local network as it is.`,
    offer: (relay: string) =>
      `${relay}: if it can, choose STARTTLS (often just “TLS”). Without, what it sends crosses the local network as it is.`,
    require: (relay: string) =>
      `${relay}: choose STARTTLS (often just “TLS”) where this card says none. Nothing is taken without.`,
    implicit: (relay: string) =>
      `${relay}: choose SSL/TLS (not STARTTLS) where this card says none. Nothing is taken without.`,
  },
  certificate: (fingerprint: string) => `Postern’s certificate for devices: SHA-256 ${fingerprint}`,
  localPassword:
    'The password below is the local password: the program gives it to Postern, which signs in at your provider by itself. The user name may be any.',
  own: {
    name: 'your own name',
    address: 'your e-mail address',
    user: 'your user name',
    'user.encoded': 'YOUR-USER-NAME',
    password: 'your password',
    local: 'the local password',
    base: 'the search base, such as dc=example,dc=org',
  },
};

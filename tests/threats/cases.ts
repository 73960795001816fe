/**
 * The hostile cases by number. A test that covers one begins with its number ("7: …", "16, 64: …", "75 to 77: …";
 * "honest: 7: …" is the twin that has to pass), which puts it into the table in docs/threats.md.
 */
export const cases: readonly { area: string; first: number; what: readonly string[] }[] = [
  {
    area: 'Downgrade',
    first: 1,
    what: [
      'SMTP, news, address book: STARTTLS is not on offer, and turned down',
      'SMTP, news, address book: STARTTLS is on offer, and answered with anything but 220, 382, or success',
      'SMTP: EHLO is turned down, and HELO would do; news: CAPABILITIES',
      'SMTP: EHLO is answered with a code or text that it cannot have; news: CAPABILITIES',
      'a greeting that turns away, is none, or never comes',
      'SMTP: a reply whose lines carry two codes',
      'SMTP, news: words that only look like STARTTLS',
      'IMAP: STARTTLS is answered with anything but its own tagged OK',
      'IMAP: the capabilities hide STARTTLS, or cannot be had',
      'IMAP: PREAUTH before TLS',
      'IMAP: a greeting that is none',
      'IMAP, address book: a referral to another server',
      'IMAP: LOGINDISABLED inside TLS',
      'POP3: STLS is not on offer, or turned down',
      'POP3: a stamp or mechanisms before TLS',
      'silence, at every step',
      'a reset or an alert, and the mail program tries again',
      'the two TLS modes mixed up',
      'the connection is cut in the middle of a message',
      'a configuration that asks for no TLS',
    ],
  },
  {
    area: 'Injection',
    first: 21,
    what: [
      'bytes behind the go-ahead, in its segment',
      'bytes behind the go-ahead, in a later segment',
      'answers before they were asked for',
      'IMAP: mailbox data before TLS',
      'capabilities before TLS that differ from those inside',
      'alerts and other texts in a greeting before TLS',
      'the mail program asks for TLS, and more in one segment',
      'line ends and NUL in arguments and sign-in data',
      'SMTP, news: ends of a message that two servers may see differently',
      'dots and literals, split at every byte',
      'HTTP, or another protocol, inside TLS',
      'answers to the sign-in that nobody asked for, or that lure',
    ],
  },
  {
    area: 'Identity',
    first: 33,
    what: [
      'self-signed, an unknown authority, a missing intermediate',
      'expired, or not yet valid',
      'another host; common name alone; wildcards that reach too far',
      'an address anywhere but in an iPAddress',
      'internationalised names',
      'purposes, authorities, path lengths, name constraints, critical extensions',
      'weak signatures and keys',
      'the right certificate, and not its key',
      'an approved certificate is replaced',
      'a decision used for another account, host or port',
      'the certificate changes between question and answer',
      'a server that was verified before fails now',
      'a question that nobody answers',
      'a thousand different certificates',
      'a decision is taken back while sessions live',
      'a new problem on an approved certificate',
      'markup, direction marks and endless text in a certificate',
    ],
  },
  {
    area: 'TLS',
    first: 50,
    what: [
      'TLS 1.1 and older',
      'ciphers without forward secrecy or authentication, short groups',
      'renegotiation',
      'a client certificate is asked for',
      'the server name that is sent',
      'environment variables that loosen trust',
      'the x509-limbo collection',
    ],
  },
  {
    area: 'Exhaustion',
    first: 57,
    what: [
      'lines and lists without end',
      'one byte now and then',
      'huge certificates and deep chains',
      'thousands of local connections',
      'commands and literals that are too long',
      'a large download, and a mail program that does not read',
      'bad commands in a loop',
      'resets at every step, thousands of times',
    ],
  },
  {
    area: 'This computer',
    first: 65,
    what: [
      'what Postern listens on',
      'a web page speaks to a mail port',
      'a program of another user connects',
      'commands before the sign-in that they need',
      'another program has the port, or wants it',
      'user names that look like addresses of servers',
      'a secret, looked for wherever something is written or shown',
      'stored files: open to others, links, damaged',
    ],
  },
  {
    area: 'Window',
    first: 73,
    what: [
      'another Host, another Origin, no token',
      'approving without the token, or what is not pending or not offered',
      'messages to the core from a page that is not ours',
      'markup in what others wrote',
      'navigation, new windows, permissions, other programs’ links',
      'Enter, or a focus that moved, on a question',
      'what the packaged app may be started with',
    ],
  },
  {
    area: 'Neighbours',
    first: 80,
    what: [
      'another user’s idle connections at the control or window port',
      'a second start on a data directory whose core is slow, was stopped, or resets',
      'our own program over a socket of IPv6 (::ffff:127.0.0.1)',
      'whose program it is cannot be read',
      'another user’s connections, and a web page’s requests, by the hundred',
      'another user takes a port while Postern is not running, or one of the two loopbacks',
      'the window’s cookie is sent to another port of this computer',
      'descriptors, memory or disk run out in the control channel',
    ],
  },
  {
    area: 'Lifetime of trust',
    first: 88,
    what: [
      'a decision is forgotten, or a certificate revoked, between the verdict and the first raw byte',
      'a server that was verified fails under another account, spelling or name of the account',
      'an account is removed and added again; an authority is taken out',
      'a pause while a mail program is held, and an approval meanwhile',
      'an unknown root that signed itself with SHA-1, sent along',
      'two intermediates of one key, of which one is bad',
      'keys that TLS libraries see in different ways',
      'a hundred hostile certificates on each of ten relays',
      'a password in the wrong place, or said back by the server',
    ],
  },
  {
    area: 'What others wrote',
    first: 97,
    what: [
      'names that every object has, as imported or configured keys (constructor, __proto__)',
      'root, with a folder or files of another user',
    ],
  },
  {
    area: 'Local passwords',
    first: 99,
    what: [
      'a local password is guessed, over one connection or many',
      'a stored password or token, to another server than the account’s, or where only other mechanisms are offered',
    ],
  },
  {
    area: 'Consent',
    first: 101,
    what: [
      'the place where the browser comes back is visited by a web page, twice, or with another path, state or issuer',
      'an issuer over http, with a certificate that fails, with the metadata of another, or that leads elsewhere',
      'many sessions need a new token at once; it cannot be stored, or the process dies meanwhile',
      'an issuer answers that a consent is over, that it is out of order, or that it was asked wrongly',
      'another mailbox’s user consents',
    ],
  },
  {
    area: 'Vault',
    first: 106,
    what: [
      'the vault is cut, changed, from another computer, or its key is gone',
      'a token, a stored or local password, looked for in logs, events, rows and bundles',
    ],
  },
  {
    area: 'Devices',
    first: 108,
    what: [
      'a device that is not listed; listening on a public address, on all of them, for a large net',
      'what tests for open relays try: senders not listed, %, !, source routes, quotes, a thousand recipients',
      'odd words before a message’s text, and an end of it that servers see in different places',
      'TLS 1.0 or 1.1 from a device',
    ],
  },
  {
    area: 'Behind a balancer',
    first: 112,
    what: ['a PROXY header from an address that may not send it, missing from one that must, broken, endless'],
  },
];

/** Cases that are not played for a protocol, and the reason, which has no full stop. */
export type Excused = readonly { cases: readonly number[]; why: string }[];

/** The cases in which news does not stand beside mail. Every other one is played for it, refused and in an honest twin. */
export const withoutNews: Excused = [
  { cases: [6], why: 'the first line of an answer has its code, and no other line has one' },
  {
    cases: [8, 9, 10, 11, 12, 13, 14, 15, 24],
    why: 'the words are those of IMAP or POP3, and NNTP has none like them',
  },
  {
    cases: [56, 92, 93, 94],
    why: 'what judges a certificate is not told for which protocol: its own tests show what it finds',
  },
  {
    cases: [65, 69, 72, 97, 98],
    why: 'configuration, ports and stored files are read and held before any protocol is',
  },
  {
    cases: [73, 74, 75, 76, 77, 78, 79, 80, 81, 85, 86, 87],
    why: 'windows and commands meet the same door, whatever the path is for',
  },
  { cases: [101, 102, 103, 104], why: 'a consent is got from an issuer, before any server of the account is asked' },
  { cases: [106], why: 'the vault does not know what a password is for' },
  { cases: [109, 110], why: 'only mail is sent' },
  { cases: [108, 112], why: 'whether an address may connect is decided before its first byte' },
];

/**
 * The cases that have no test of their own for the address book, whose messages are not the lines that the others share,
 * and why. Every other case has one.
 */
export const withoutDirectory: Excused = [
  {
    cases: [3, 4, 6, 7, 8, 9, 25],
    why: 'a directory offers nothing before TLS, and answers in messages that have one code',
  },
  { cases: [10, 11, 13, 14, 15, 24, 29], why: 'there is no greeting, no stamp, no mailbox and no message in LDAP' },
  {
    cases: [34, 35, 36, 37, 38, 39, 40, 50, 51, 52, 53, 54, 55, 56, 59, 92, 93, 94, 95],
    why: 'certificates are judged, and TLS is spoken, before anything of the protocol is said',
  },
  {
    cases: [20, 65, 69, 72, 97, 98],
    why: 'configuration, ports and stored files are read and held before any protocol is',
  },
  {
    cases: [73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87],
    why: 'windows, commands and neighbours meet the same door, whatever the path is for',
  },
  {
    cases: [101, 102, 103, 104, 105],
    why: 'no account with a directory signs in by a consent: the configuration refuses it',
  },
  { cases: [106, 107], why: 'the vault does not know what a password is for' },
  { cases: [109, 110], why: 'only mail is sent' },
  { cases: [108, 112], why: 'whether an address may connect is decided before its first byte' },
];

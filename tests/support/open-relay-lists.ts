/*
 * What the usual tests for open relays try, and what relays have been talked into since: the list of MAPS and mail-abuse.org
 * (http://www.reedmedia.net/misc/mail/open-relay.html and the transcript at
 * http://www.atmarkit.co.jp/fsecurity/rensai/securitytips/005checkmail.html), which abuse.net and ORDB tried as well,
 * rlytest (https://code.fizz.buzz/mirror/freebsd-ports, mail/rlytest: a sender in the target's own domain), and nmap's
 * smtp-open-relay.nse. `mail.example.org` is the name of the server that is tested, 192.168.7.1 its address, and
 * nobody@example.net the third party.
 */

/** Senders, as MAIL names them; `scanner@example.org` alone is listed. */
export const relayTestSenders = [
  '<nobody@example.net>',
  'nobody@example.net',
  '<spamtest@localhost>',
  '<spamtest>',
  'spamtest',
  '<>',
  '<postmaster@mail.example.org>',
  '<nobody@mail.example.org>',
  '<antispam@[192.168.7.1]>',
  // The listed one, dressed up.
  '<scanner@example.org@example.net>',
  '<scanner%example.org@example.net>',
  '<scanner@example.org.example.net>',
  '<@example.net:scanner@example.org>',
  '<example.net!scanner@example.org>',
  '<"scanner@example.org"@example.net>',
  '<"scanner"@example.org>',
  '<scanner@example.org(example.net)>',
  '<nobody@example.net><scanner@example.org>',
  '<scanner@example.org>,<nobody@example.net>',
] as const;

/** Recipients, as RCPT names them. */
export const relayTestRecipients = [
  '<nobody%example.net@mail.example.org>',
  '<nobody%example.net@[192.168.7.1]>',
  '<nobody%example.net>',
  '<nobody%example.net%relay.example@mail.example.org>',
  '<"nobody@example.net">',
  '<"nobody%example.net">',
  '<"nobody@example.net"@mail.example.org>',
  '<"nobody@example.net"@[192.168.7.1]>',
  '<nobody\\@example.net@mail.example.org>',
  '<nobody@example.net@mail.example.org>',
  '<nobody@example.net@[192.168.7.1]>',
  '<@mail.example.org:nobody@example.net>',
  '<@[192.168.7.1]:nobody@example.net>',
  '<@mail.example.org,@relay.example:nobody@example.net>',
  '<example.net!nobody>',
  '<example.net!nobody@mail.example.org>',
  '<example.net!nobody@[192.168.7.1]>',
  '<mail.example.org!example.net!nobody>',
  '<nobody@example.net!mail.example.org>',
  '<nobody@example.net%mail.example.org>',
  '<nobody@[example.net]>',
  '<<nobody@example.net>>',
  '<nobody@example.net>,<alice@example.org>',
  '<nobody@example.net> <alice@example.org>',
  '<nobody(alice@example.org)@example.net>',
  '<>',
] as const;

import type { RefusalReason } from '../../proxy/contract/index.ts';

/** Why a session did not come to be: what it means, and what a person can do about it. */
export const refusals: Record<RefusalReason, { title: string; todo: string }> = {
  'starttls-not-offered': {
    title: 'The server offers no encryption here',
    todo: 'Ask your mail provider for the encrypted port and put it into the account. If it worked before, somebody on your network may be interfering: try another network.',
  },
  'starttls-refused': {
    title: 'The server turned encryption down',
    todo: 'Try again later. If it stays like this, ask your mail provider for the encrypted port, or try another network.',
  },
  'plaintext-after-starttls': {
    title: 'Somebody slipped something into the connection',
    todo: 'Do not use this network for mail. If it happens on every network, tell your mail provider.',
  },
  'preauth-before-tls': {
    title: 'The server claimed that you are signed in already',
    todo: 'An honest server does not do this before encryption starts. Try another network, and tell your mail provider.',
  },
  'tls-handshake-failed': {
    title: 'Encryption could not be agreed on',
    todo: 'Check the server and the port in the account. Some ports expect encryption at once, others only after a greeting.',
  },
  'tls-too-old': {
    title: 'The server’s encryption is out of date',
    todo: 'It could be broken by others, so Postern does not use it. Ask your mail provider to update the server.',
  },
  'weak-cipher': {
    title: 'The server’s encryption is too weak',
    todo: 'It could be broken by others, so Postern does not use it. Ask your mail provider to update the server.',
  },
  'certificate-undecided': {
    title: 'The server could not prove who it is',
    todo: 'Answer the question on the Certificates page, then let your mail program try again.',
  },
  'certificate-rejected': {
    title: 'The server’s proof of identity was rejected',
    todo: 'If you rejected it by mistake, forget that decision on the Certificates page; you are asked again.',
  },
  'certificate-revoked': {
    title: 'The server’s certificate has been withdrawn',
    todo: 'Its issuer says that it must not be trusted any more. Ask your mail provider.',
  },
  'upstream-unreachable': {
    title: 'The server cannot be reached',
    todo: 'Check that you are online, and the server’s name and port in the account.',
  },
  'upstream-timeout': {
    title: 'The server did not answer in time',
    todo: 'Try again later. If it stays like this, check the server’s name and port in the account.',
  },
  'upstream-closed': {
    title: 'The server hung up',
    todo: 'Try again later. The server may be busy, or may not want connections from your network.',
  },
  'upstream-protocol': {
    title: 'The server answered with something that is not mail',
    todo: 'Check the server’s name, port and kind of mail in the account.',
  },
  'client-not-mail': {
    title: 'Something that is no mail program connected',
    todo: 'A web page or another program tried this port and was turned away. You need not do anything.',
  },
  'client-other-user': {
    title: 'A program of another user of this computer connected',
    todo: 'It was turned away. If it is meant to use Postern, allow that under Settings.',
  },
  'client-line-too-long': {
    title: 'The mail program sent an overlong command',
    todo: 'Check that the mail program is set up for the right kind of mail on this port.',
  },
  'too-many-connections': {
    title: 'Too many connections at the same time',
    todo: 'Close mail programs that you do not need, or raise the limit under Settings.',
  },
};

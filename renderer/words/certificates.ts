import {
  type CertificateProblem,
  decidedBefore,
  isThisReally,
  mayBeIntercepted,
  type Remembering,
  type RevocationStanding,
  showsAnother,
  trustedBefore,
} from '../../proxy/contract/index.ts';
import { plural } from './plural.ts';

export const certificates = {
  heading: 'Certificates',
  lead: 'A certificate is a server’s proof of identity. When that proof has a fault, Postern stops and asks you.',
  waiting: 'Waiting for you',
  noQuestions: 'No question waits.',
  noQuestionsHint: 'No server that Postern has reached needs an answer from you.',
  more: (count: number) => `${plural(count, 'more question waits', 'more questions wait')}`,

  question: {
    title: isThisReally,
    alarm: mayBeIntercepted,
    changed: showsAnother,
    settled: (host: string) => `${host} has proved who it is again`,
    provedAgain: (moment: string) =>
      `It did so on ${moment}. Mail goes there as before, and nothing is left to decide. If this happened in another network, that network was the reason.`,
    provedMark: 'Proved itself again',
    close: 'Close this question',
    closeHint: 'Nothing changes. If the server shows that certificate again, you are told again.',
    closed: 'Closed. Nothing was changed.',
    for: 'Account',
    asked: 'Asked',
    met: (count: number) => (count === 1 ? 'Seen once' : `Seen ${plural(count, 'time', 'times')}`),
    held: (count: number) => `${plural(count, 'connection is', 'connections are')} held until you answer`,
    heldFor: (seconds: number) => `for ${plural(seconds, 'more second', 'more seconds')} at most`,
    heldThen: 'Then the mail program, or the test, is told to try again later, and this question stays.',
    heldNoMore: 'Postern does not answer. If it has stopped, no connection is held any more.',
    /** What the person decided about a server that never proved itself. */
    before: decidedBefore,
    /** @param ports at least two, as a list to read */
    ports: (count: number, ports: string) =>
      `The server shows it at ${count} ports, ${ports}: your answer counts for all of them.`,
    trustedElsewhere: (port: number, day: string) =>
      `It is the same certificate that you trusted for port ${port} of this server on ${day}.`,
    wrong: 'What is wrong',
    wasWrong: 'What was wrong',
    likely: 'How worrying is this?',
    show: 'Show this question',
  },

  /** An alarm that the person has answered. */
  alarm: {
    heading: 'Alarm',
    rejected: (moment: string) =>
      `You rejected what it shows, on ${moment}. Nothing is sent there. The alarm ends by itself when the server proves who it is again.`,
    advice: 'What to do',
    steps: (host: string) => [
      'Try another network. If the alarm ends there, the first network is the reason: do not use it for mail.',
      'If it is the same everywhere, ask whoever runs the server whether they changed something.',
      `Only if they did, and the server can no longer prove itself: forget ${host} below under “Servers that proved themselves”. You are asked anew then.`,
    ],
  },

  problem: {
    expired: {
      name: 'Out of date',
      means:
        'Nobody vouches for this certificate any more. Often somebody forgot to renew it; an old, stolen one looks the same.',
    },
    'not-yet-valid': {
      name: 'Not valid yet',
      means: 'The certificate is for a later date. Often the clock of this computer is wrong.',
    },
    'name-mismatch': {
      name: 'Made out to another name',
      means:
        'The server shows a proof of identity that belongs to somebody else. You may be talking to the wrong server.',
    },
    'self-signed': {
      name: 'Vouches for itself',
      means: 'No independent authority has checked who runs this server. Anybody can make such a certificate.',
    },
    'unknown-issuer': {
      name: 'Unknown authority',
      means: 'Whoever vouches for this server is not known to this computer. Anybody can set up such an authority.',
    },
    'wrong-usage': {
      name: 'Made for another purpose',
      means:
        'This certificate was not issued to identify a server. Somebody may be using it for what it was not meant for.',
    },
    'weak-key': {
      name: 'Key too weak',
      means: 'Others could work out the key and read along. This cannot be accepted.',
    },
    'weak-signature': {
      name: 'Signature too weak',
      means: 'Others could forge this certificate. This cannot be accepted.',
    },
    revoked: {
      name: 'Withdrawn',
      means: 'Its issuer has withdrawn it, perhaps because it was stolen. This cannot be accepted.',
    },
    changed: {
      name: 'Not the one you trusted',
      means:
        'The server shows a different certificate from the one that you trusted before. Another computer may be answering in its place.',
    },
  } satisfies Record<CertificateProblem, { name: string; means: string }>,

  likelihood: {
    harmless: 'Probably harmless',
    unclear: 'Hard to say',
    suspicious: 'Suspicious',
    never: 'Not safe',
  },
  reason: {
    'worked-before':
      'This server proved who it is before, and now it cannot. That is what an attack looks like. Postern will not go on, and neither should you.',
    'cannot-be-accepted': 'Nothing sent to this server would be safe. It cannot be accepted by anybody.',
    'renewal-forgotten':
      'It ran out a short while ago and everything else about it is in order. Most likely somebody forgot to renew it. It usually works again within a day or two, without you doing anything.',
    'expired-long-ago':
      'Everything else about it is in order, but it ran out long ago. Servers that are looked after do not stay like this.',
    'stepped-back':
      'The server was verified with a newer certificate and now shows an older one, which had ended by then. A server that is looked after does not go back. The key is the same, so it may be a mistake; ask whoever runs it.',
    'another-of-its-key':
      'It is not the certificate that the server was verified with, though it has the same key. Ask whoever runs it why it was exchanged.',
    'renewed-key-kept':
      'You trusted this server before. It has renewed its certificate and kept its key, so it is most likely the same server.',
    'renewed-new-problem':
      'It is the key that you trusted before, but the certificate now has a fault that it did not have then.',
    'trusted-expired': trustedBefore.expired,
    'trusted-other-faults': trustedBefore.otherFaults,
    'clock-behind':
      'Set the date and time of this computer first. Once they are right, this question closes by itself, without you deciding anything.',
    'key-replaced':
      'This is not the key that you trusted. Servers do change theirs once in a while, for example when they are reinstalled; an attacker in between shows another one, too. Ask whoever runs the server before you go on.',
    clock: 'First look at the date and time of this computer. If they are right, ask whoever runs the server.',
    stranger:
      'Another name, and nobody known vouches for it: this is just what somebody who gets between you and your mail server would show.',
    'name-only':
      'A known authority vouches for it, but under another name. If your mail provider’s name is in it, the server’s name in your account may simply need correcting.',
    'own-certificate':
      'Usual for a server at home or in a small company. Alarming for a large mail provider: those never do this.',
    'unknown-issuer':
      'Usual in companies and schools that issue their own certificates. Alarming for a large mail provider: those never do this.',
    'wrong-usage': 'Honest servers hardly ever show such a certificate.',
  },

  advice: {
    heading: 'How to decide',
    never: [
      'Reject it. Nothing has been sent.',
      'Try another network: a hotel, a café or an airport may interfere with the connection.',
      'If it stays like this, tell whoever runs the server.',
    ],
    other: [
      'Not sure? Reject. Nothing has been sent, and you can change your mind at any time.',
      'On a network that is not yours, such as in a hotel or a café? Reject, and try again at home.',
      'To be certain, ask whoever runs the server for its fingerprint by telephone, and compare it with the one below.',
    ],
    /** The person trusted another key before. */
    changed: [
      'Not sure? Reject. Nothing has been sent, and you can change your mind at any time.',
      'Ask whoever runs the server whether they replaced its certificate, when, and why. Is it your own server: did you renew the certificate, or reinstall it?',
      'If nobody did, reject it, and try another network. If somebody did, compare the fingerprint that they give you with “What it shows now”.',
    ],
    /** An authority vouches for it, under another name. */
    otherName: (name: string, host: string) => [
      `Look at a letter or the website of your provider, not at an e-mail: is ${name} there as its mail server, or does the name belong to it? Then use that name.`,
      `If you do not know ${name}, reject it, and look for a typing error in ${host}.`,
    ],
    ownServer: 'Is it your own server? On it, this command shows the fingerprint of its certificate, which is in FILE:',
    ownServerCommand: 'openssl x509 -noout -fingerprint -sha256 -in FILE',
    practice: [
      'Compare the two fingerprints below. If they are the same, this is the server inside Postern.',
      'With a real server, ask whoever runs it for its fingerprint, for example by telephone. Not sure? Reject.',
      'Your answer lasts until the practice ends. The next practice has another certificate.',
    ],
    practiceOwn: 'The practice server has',
    practiceShown: 'This server shows',
  },

  otherName: {
    heading: 'Another name for this server',
    hint: (name: string) =>
      `Providers often serve many names from one server. If ${name} is the name of your provider, use it: the server can prove that one. Postern verifies it before it changes your account.`,
    use: (name: string) => `Use ${name} instead`,
    confirm: (name: string) => `Does ${name} belong to your provider?`,
    confirmText: (name: string, host: string, account: string) =>
      `Your mail and password for “${account}” then go to ${name} instead of ${host}. If you do not know this name, cancel: anybody can prove a name of their own. Postern connects and verifies it first; if that fails, nothing changes.`,
    action: 'Verify and use it',
    used: (name: string) => `Verified. The account now uses ${name}; try again in your mail program.`,
  },

  decide: {
    legend: 'Your decision',
    reject: 'Reject',
    rejected: (host: string) => `Rejected. Nothing is sent to ${host}.`,
    now: 'now',
    untilPracticeEnds: 'until the practice ends',
    trusted: (when: string) => `The certificate is trusted ${when}. Try again in your mail program.`,
    trustedHeld: (when: string) =>
      `The certificate is trusted ${when}. The mail program that was held goes on; if it has given up, try again there.`,
    rejectHint: 'Nothing is sent. The safe choice.',
    deliberate: 'I have compared the fingerprint, or I know why the certificate is like this.',
    deliberateChanged: 'I have asked whoever runs the server, and they did replace the certificate.',
    orTrust: 'Or trust it anyway: tick this box first',
    once: 'Trust once',
    onceHint: 'Until Postern stops',
    always: 'Always trust',
    alwaysHint: 'This certificate, on this server, for this account',
    alwaysPracticeHint: 'With a real server, for good; here, until the practice ends',
    onlyReject: 'It cannot be trusted from here.',
    onlyRejectKnown:
      'If you are sure that the server was reinstalled, forget it below under “Servers that proved themselves”. Postern then treats it as a new server.',
  },

  certificate: {
    shown: 'The certificate that it showed',
    now: 'What it shows now',
    wasShown: 'What it showed then',
    before: 'What you trusted before',
    verifiedBefore: (day: string) => `What was verified on ${day}`,
    aspect: 'Detail',
    subject: 'Issued to',
    names: 'Valid for',
    noNames: 'No server name',
    namesOmitted: (count: number) => `and ${plural(count, 'more', 'more')}`,
    issuer: 'Vouched for by',
    itself: 'itself',
    validity: 'Valid',
    from: 'From',
    until: 'Until',
    fingerprint: 'Fingerprint (SHA-256)',
    serial: 'Serial number',
    key: 'Key',
    signature: 'Signature',
    same: 'same',
    different: 'different',
    compare: 'Before and now, side by side',
  },
  timeBar: {
    valid: (distance: string) => `Valid today; it ends ${distance}.`,
    expired: (distance: string) => `It ended ${distance}.`,
    early: (distance: string) => `It begins ${distance}.`,
    unknown: 'Its dates cannot be read.',
    picture: (from: string, until: string, state: string) => `Valid from ${from} until ${until}. ${state}`,
    today: 'today',
  },
  chain: {
    heading: 'Who vouches for whom',
    server: 'The server',
    issuer: 'Authority',
    vouches: 'vouches for',
    itself: 'This certificate vouches for itself.',
    unknown: 'Nobody that this computer knows vouches for this one.',
    alone: 'The server showed nobody who vouches for it.',
  },

  decisions: {
    heading: 'Your decisions',
    fingerprint: (beginning: string) => `SHA-256 ${beginning}`,
    none: 'You have not decided about a certificate yet.',
    list: 'Remembered decisions',
    decided: 'Decided',
    word: {
      reject: 'Rejected by you',
      once: 'Trusted by you until Postern stops',
      always: 'Trusted by you',
    } satisfies Record<'reject' | Remembering, string>,
    forget: 'Forget',
    forgetName: (host: string) => `Forget the decision about ${host}`,
    confirm: (host: string) => `Forget your decision about ${host}?`,
    confirmText:
      'Connections that rely on it end now. The next time your mail program connects, you are asked again. The account stays.',
  },
  servers: {
    heading: 'Servers that proved themselves',
    lead: 'Postern verified these without your help. What does not verify there any more is refused; one that has merely expired, with the same key, it asks about.',
    none: 'No server has been verified yet.',
    list: 'Known servers',
    verified: 'Last verified',
    intercepted: 'May be intercepted',
    doubted: 'Another path to it is under alarm',
    details: 'Was any of them revoked?',
    lessDetails: 'Fewer details',
    revocation: {
      good: 'not revoked',
      unknown: 'not known whether revoked',
      revoked: 'revoked',
    } satisfies Record<RevocationStanding['status'], string>,
    lookedUp: (moment: string) => `looked up ${moment}`,
    holds: (moment: string) => `holds until ${moment}`,
    forgetName: (host: string) => `Forget ${host}`,
    confirm: (host: string) => `Forget ${host}?`,
    confirmText:
      'Postern then treats it as a server that it has never seen, and lets you accept a faulty certificate for it. Do this only when you are sure that the server was reinstalled.',
  },
};

import type { CertificateProblem } from '../certificate.ts';
import { failure, given, typed, type Where } from './failure.ts';
import { counted, day, duration, listed, ownAtWrongTime } from './phrases.ts';

/** The faults of a certificate; each completes "Besides, …" and refers to the certificate as "it". */
const faults: Record<CertificateProblem, string> = {
  expired: 'it has expired',
  'not-yet-valid': 'it is not valid yet',
  'name-mismatch': 'it is for another server',
  'self-signed': 'nobody but itself vouches for it',
  'unknown-issuer': 'no known authority vouches for it',
  'wrong-usage': 'it is not meant for servers',
  'weak-key': 'its key is too weak',
  'weak-signature': 'its signature can be forged',
  revoked: 'it has been revoked',
  changed: 'it is not the one that you trusted',
};

/** Everything that is wrong with the certificate. */
interface Judged {
  problems?: readonly CertificateProblem[];
  /** What the advised command is about: the question; or the decision or the server that is to be forgotten. */
  id?: string;
  /** Trust that outlives Postern is not on offer. */
  once?: true;
}

type Advised = Judged & Pick<Where, 'options'>;

/** Both ways to a decision: the window and the command. Follows "approve it ". */
function eitherWay(known: Advised): string {
  return `on Postern’s Certificates page or with ${typed(toApprove(known), known)}`;
}

/** The command for the most that is on offer. */
function toApprove({ id, once }: Judged): string {
  return id === undefined ? 'certificates' : `certificates approve ${id}${once ? ' --once' : ''}`;
}

/** The same as a sentence. Without a question there is nothing to decide, only more to read. */
function toDecide(known: Advised): string {
  return known.id === undefined
    ? `Postern’s Certificates page and ${typed('certificates', known)} have more.`
    : `To decide: Postern’s Certificates page, or ${typed(toApprove(known), known)}.`;
}

function toForget(what: string, known: Advised): string {
  const command = typed(known.id === undefined ? 'certificates' : `certificates forget ${known.id}`, known);
  return `forget ${what} on Postern’s Certificates page or with ${command}`;
}

/** What is wrong besides what the failure is named after. */
function besides({ problems = [] }: Judged, ...said: CertificateProblem[]): string {
  const others = problems.filter((problem) => !said.includes(problem));
  return others.length === 0 ? '' : ` Besides, ${listed(others.map((problem) => faults[problem]))}.`;
}

/** A headline that does not hide that the certificate has ended as well. @param title for the other fault */
function withExpiry(title: string, and: string): (known: Judged) => string {
  return ({ problems = [] }) => (problems.includes('expired') ? `${title}, ${and}` : title);
}

/** What a fault of the date asks for, where another fault has given the failure its name. */
function ofItsDate({ problems = [] }: Judged): string {
  if (problems.includes('expired')) {
    return ' If the date of this computer is right, it has to be renewed as well.';
  }
  return problems.includes('not-yet-valid') ? ' Check the date of this computer as well.' : '';
}

/** Failures of the server's certificate. A person can decide about most of them, on the Certificates page. */
export const certificates = {
  'clock-wrong': failure<{ direction: 'behind' | 'ahead'; atLeast: number }>({
    title: 'The clock of this computer is wrong',
    sentence: ({ direction, atLeast }) =>
      `The clock of this computer is probably ${direction}, by at least ${duration(atLeast)}: valid certificates seem to be from another time.`,
    advice: () =>
      'Set date, time and time zone, best by letting the system do it. An old computer that forgets the time needs a new battery.',
  }),
  'certificate-expired': failure<Judged & { ago?: number; verifiedOther?: true }>({
    title: 'The server’s certificate has expired',
    sentence: ({ server, ago, verifiedOther, ...other }) =>
      `The certificate of ${server} expired${given(ago, (time) => ` ${duration(time)} ago`)}.${verifiedOther ? ' It is not the one that the server was verified with, though it has the same key.' : ''}${besides(other, 'expired')}`,
    advice: (known) =>
      `Check the date of this computer. If it is right, ${known.verifiedOther ? 'ask the provider why the server shows another certificate than before' : 'the provider forgot to renew: tell them and wait'}. ${toDecide(known)}`,
  }),
  'certificate-not-yet-valid': failure<Judged & { left?: number; verifiedAt?: string }>({
    title: 'The server’s certificate is not valid yet',
    sentence: ({ server, left, verifiedAt, ...other }) =>
      verifiedAt === undefined
        ? `The certificate of ${server} becomes valid only ${left === undefined ? 'later' : `in ${duration(left)}`}.${besides(other, 'not-yet-valid')}`
        : `${server} shows a certificate that is not valid yet. ${ownAtWrongTime(day(verifiedAt))}`,
    advice: (known) =>
      `Check the date of this computer. If it is right, the provider made a mistake: tell them. ${toDecide(known)}`,
  }),
  'certificate-resigned': failure<Judged & { product: string }>({
    title: 'Something opens encrypted connections on the way',
    sentence: ({ product, ...other }) =>
      `${product} on this computer or network opens encrypted connections and signs them anew, so the server itself cannot be seen.${besides(other, 'unknown-issuer', 'self-signed')}`,
    advice: () =>
      'Switch off mail or TLS scanning in it, or exclude Postern. If your company wants this, add its root certificate in Postern’s settings.',
  }),
  'name-mismatch': failure<Judged & { names?: readonly string[]; more?: number }>({
    title: withExpiry('The certificate is for another server', 'and has expired'),
    sentence: ({ server, names, more = 0, ...other }) =>
      `The certificate is not for ${server}.${given(names, (known) => ` It is for ${listed(more > 0 ? [...known, counted(more, { other: 'more' })] : known)}.`)}${besides(other, 'name-mismatch')}`,
    advice: (known) =>
      `If one of its names is your provider’s, use it as the server’s name: on Postern’s Certificates page or with ${typed(known.id === undefined ? 'certificates' : `certificates use-name ${known.id}`, known)}. If none is, look for a typing error in the server’s name; otherwise this is not your server.${ofItsDate(known)}`,
  }),
  'self-signed': failure<Judged>({
    title: withExpiry('Nobody vouches for the server', 'and its certificate has expired'),
    sentence: ({ server, ...other }) =>
      `The certificate of ${server} was made by the server itself; no authority vouches for it.${besides(other, 'self-signed', 'unknown-issuer')}`,
    advice: (known) =>
      `A public provider has a proper one. If the server is yours or your company’s, compare the fingerprint with its administrator, and approve it ${eitherWay(known)}.${ofItsDate(known)}`,
  }),
  'unknown-issuer': failure<Judged>({
    title: withExpiry('An unknown authority vouches for the server', 'and its certificate has expired'),
    sentence: ({ server, ...other }) =>
      `The certificate of ${server} comes from an authority that is not known here.${besides(other, 'unknown-issuer')}`,
    advice: (known) =>
      `If it is your company’s, add its root certificate in Postern’s settings. Otherwise ask the provider before you approve it ${eitherWay(known)}.${ofItsDate(known)}`,
  }),
  'intermediate-missing': failure<Judged>({
    title: 'A certificate of the server is missing',
    sentence: ({ server, ...other }) =>
      `${server} sent its own certificate without the one that connects it to a known authority.${besides(other, 'unknown-issuer')}`,
    advice: (known) =>
      `That is a mistake of whoever runs the server: tell them that the intermediate certificate is missing. ${toDecide(known)}${ofItsDate(known)}`,
  }),
  'certificate-wrong-use': failure<Judged>({
    title: 'The certificate is not meant for this server',
    sentence: ({ server, ...other }) =>
      `The certificate of ${server} is not meant for servers, or breaks the limits of its authority.${besides(other, 'wrong-usage')}`,
    advice: (known) => `Tell the provider. Do not trust it unless you know how it came about. ${toDecide(known)}`,
  }),
  'certificate-weak': failure<Judged>({
    title: 'The server’s certificate can be forged',
    sentence: ({ server, ...other }) =>
      `The certificate of ${server} rests on a key or signature that can be forged today.${besides(other, 'weak-key', 'weak-signature')}`,
    advice: () =>
      'Nobody should accept it, so Postern offers no way to. Ask the provider to replace it. Nothing was sent.',
  }),
  'certificate-revoked': failure<Judged>({
    title: 'The server’s certificate has been revoked',
    sentence: ({ server, ...other }) =>
      `The certificate of ${server} was revoked by its authority.${besides(other, 'revoked')}`,
    advice: () => 'Its key may be in wrong hands. Ask the provider to replace it; until then nothing is sent.',
  }),
  'certificate-changed': failure<Judged>({
    title: 'The server shows a different certificate',
    sentence: ({ server, ...other }) =>
      `${server} shows a different certificate from the one that you trusted.${besides(other, 'changed')}`,
    advice: (known) =>
      `Ask whoever runs the server whether it was replaced, and compare the fingerprint before you approve it ${eitherWay(known)}.`,
  }),
  'certificate-turned-bad': failure<Judged>({
    title: 'The connection may be intercepted',
    sentence: ({ server }) =>
      `${server} was verified before and now shows a certificate that is not trustworthy. Someone may be intercepting the connection.`,
    advice: (known) =>
      `Try another network. If it is the same everywhere, ask the provider. Only when you know why, ${toForget('the server', known)}.`,
  }),
  'certificate-rejected': failure<Judged>({
    title: 'You rejected the server’s certificate',
    sentence: ({ server }) => `You rejected the certificate of ${server}. Nothing was sent.`,
    advice: (known) => `If that was a mistake, ${toForget('the decision', known)}; you are asked again.`,
  }),
  'certificate-unreadable': failure<Judged & { key?: 'not-for-signing' | 'curve' }>({
    title: 'The server’s certificate is damaged or too odd',
    sentence: ({ server, key }) =>
      key === undefined
        ? `The certificate of ${server} is damaged or too odd to be judged.`
        : `The certificate of ${server} has a key that ${key === 'curve' ? 'uses a curve that is not accepted before TLS 1.3' : 'may not be used to sign the handshake'}.`,
    advice: ({ key }) =>
      key === undefined
        ? 'Ask the provider to replace it. Nothing was sent.'
        : 'The TLS library of this program refuses it; that of the postern command may take it. Ask the provider to replace it. Nothing was sent.',
  }),
};

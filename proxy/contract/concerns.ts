import type {
  CertificateDecision,
  CertificateProblem,
  CertificateQuestion,
  CertificateSummary,
  KnownServer,
} from './certificate.ts';
import { canonicalServer, type Endpoint, isSameServer } from './endpoint.ts';
import { inGroups } from './in-groups.ts';
import type { WindowPlace } from './shell.ts';
import type { RelayRow } from './state.ts';

/*
 * Concerns about servers' certificates: open questions, and alarms. An answer to a question is not the end of its
 * alarm: the server has to prove itself again.
 */

/** A server that proved itself before and no longer does: the connection may be intercepted. */
export function isAlarm({ history, provedAgainAt }: CertificateQuestion): boolean {
  return history.kind === 'verified-then-failing' && provedAgainAt === undefined;
}

/** Whether the person still has to answer it. A server that proves itself again has answered for itself. */
export function isOpen({ provedAgainAt }: CertificateQuestion): boolean {
  return provedAgainAt === undefined;
}

/** A server that the person trusted with another key: worse than one that is met for the first time, and no alarm. */
export function isChanged({ history }: CertificateQuestion): boolean {
  return history.kind === 'changed';
}

/** The decision by which the person trusts this very certificate at another port of the same server; undefined without one. */
export function trustedElsewhere(
  question: CertificateQuestion,
  decisions: readonly CertificateDecision[],
): CertificateDecision | undefined {
  const { account, host, certificate } = question;
  const asked = portsAsked(question);
  return decisions.find(
    (row) =>
      row.decision !== 'reject' &&
      row.account === account &&
      row.certificate.fingerprint === certificate.fingerprint &&
      canonicalServer(row.host) === canonicalServer(host) &&
      !asked.includes(row.port),
  );
}

/** The problems that a decision was asked about. The news first: that the server showed another certificate than before. */
export function problemsDecided({ problems, changed }: CertificateDecision): CertificateProblem[] {
  return changed ? ['changed', ...problems] : problems;
}

/** Every port that the answer is for, lowest first. */
export function portsAsked({ port, alsoAtPorts = [] }: CertificateQuestion): number[] {
  return [port, ...alsoAtPorts].sort((a, b) => a - b);
}

/** Open questions, alarms first. */
export function openQuestions(questions: readonly CertificateQuestion[]): CertificateQuestion[] {
  const open = questions.filter(isOpen);
  return [...open.filter(isAlarm), ...open.filter((question) => !isAlarm(question))];
}

/** A server that proved itself before and no longer does, whether or not the person has answered. */
export interface Alarm {
  /** What it fails in: its certificate, which asks a question, or encryption altogether, where there is nothing to decide. */
  what: 'certificate' | 'encryption';
  /** Of the question, or of the decision that answered it; where encryption has vanished, the name of a relay. */
  id: string;
  account: string;
  host: string;
  port: number;
  /** The relays that it is about. */
  relays: readonly string[];
  /** ISO 8601: when the person rejected what the server shows; missing while the question waits. */
  rejectedAt?: string;
}

/** The rows of the state that concerns are derived from. */
export interface ConcernRows {
  questions: readonly CertificateQuestion[];
  decisions: readonly CertificateDecision[];
  servers: readonly KnownServer[];
  relays: readonly RelayRow[];
}

export interface Concerns {
  /** Questions that wait, alarms first. */
  open: CertificateQuestion[];
  /** One for each server of an account; those that wait for an answer come first. */
  alarms: Alarm[];
}

export function concernsOf({ questions, decisions, servers, relays }: ConcernRows): Concerns {
  const open = openQuestions(questions);
  const asked = open
    .filter(isAlarm)
    .map(({ id, account, host, port, relays }): Alarm => ({ what: 'certificate', id, account, host, port, relays }));
  const rejected = decisions.flatMap((row): Alarm[] => {
    const known = servers.find((server) => isSameServer(endpoint(row), server));
    if (!known || !isRejectedAlarm(row, known)) return [];
    const { id, account, host, port, decidedAt: rejectedAt } = row;
    // A server that no relay of the account uses any more is left out.
    const own = relays.filter((relay) => relay.account === account && isSameServer(relay, row)).map(({ name }) => name);
    return own.length === 0 ? [] : [{ what: 'certificate', id, account, host, port, relays: own, rejectedAt }];
  });
  const alarms: Alarm[] = [];
  for (const alarm of [...asked, ...withoutEncryption(relays), ...rejected.toReversed()]) {
    const isKnown = alarms.some(
      (each) => each.what === alarm.what && each.account === alarm.account && isSameServer(endpoint(alarm), each),
    );
    if (!isKnown) alarms.push(alarm);
  }
  return { open, alarms };
}

/** One for each server of an account that offered TLS before and no longer does. */
function withoutEncryption(relays: readonly RelayRow[]): Alarm[] {
  const bare = relays.filter(({ encryptionVanishedAt }) => encryptionVanishedAt);
  const groups = inGroups(bare, ({ account, server, port }) =>
    JSON.stringify([account, canonicalServer(server), port]),
  );
  return groups.flatMap((group): Alarm[] => {
    const [first] = group;
    if (!first) return [];
    const { name: id, account, server: host, port } = first;
    return [{ what: 'encryption', id, account, host, port, relays: group.map(({ name }) => name) }];
  });
}

/** Where the window shows what an alarm is about. */
export function placeOfAlarm({ what, id }: Pick<Alarm, 'what' | 'id'>): WindowPlace {
  return what === 'certificate' ? { page: 'certificates', item: id } : { page: 'overview' };
}

/** The alarm of this relay; undefined without one. */
export function alarmOf({ account, name }: RelayRow, { alarms }: Concerns): Alarm | undefined {
  return alarms.find((alarm) => alarm.account === account && alarm.relays.includes(name));
}

/**
 * An alarm about the same host, at another port or in another account. Connections to one host share most of their
 * route.
 */
export function alarmBeside({ server }: Pick<RelayRow, 'server'>, { alarms }: Concerns): Alarm | undefined {
  return alarms.find(({ host }) => canonicalServer(host) === canonicalServer(server));
}

/** Alarms that are said once: those of one host in one account. The ones that wait for an answer are apart from the rest. */
export function alarmsByHost(alarms: readonly Alarm[]): Alarm[][] {
  return inGroups(alarms, ({ what, account, host, rejectedAt }) =>
    JSON.stringify([what, account, canonicalServer(host), rejectedAt === undefined]),
  );
}

/** Questions about one host in one account, which are told as one: those about its other ports come with the same answer. */
export function questionsByHost(questions: readonly CertificateQuestion[]): CertificateQuestion[][] {
  return inGroups(questions, ({ account, host }) => JSON.stringify([account, canonicalServer(host)]));
}

/** Whether the certificate is the one that was verified, or one with its key, and all that is wrong with it is its date. */
export function isMerelyExpired(
  problems: readonly CertificateProblem[],
  publicKeyFingerprint: string,
  known: Pick<KnownServer, 'certificate'>,
): boolean {
  const onlyExpired = problems.every((problem) => problem === 'expired' || problem === 'changed');
  return onlyExpired && known.certificate.publicKeyFingerprint === publicKeyFingerprint;
}

/** Whether a certificate had ended when the server was last verified, with a newer one. @param verifiedAt ISO 8601 */
export function hasSteppedBack({ notAfter }: Pick<CertificateSummary, 'notAfter'>, verifiedAt: string): boolean {
  return Date.parse(notAfter) <= Date.parse(verifiedAt);
}

/** Whether it is the very certificate that was verified, and all that is wrong with it is its date: the clock is wrong. */
export function isMerelyMistimed(
  problems: readonly CertificateProblem[],
  fingerprint: string,
  known: Pick<KnownServer, 'certificate'>,
): boolean {
  const onlyDates = problems.every((problem) => ['expired', 'not-yet-valid', 'changed'].includes(problem));
  return onlyDates && known.certificate.fingerprint === fingerprint;
}

/** Whether the server has proved itself since it last showed the certificate that was decided about. */
export function hasProvedSince({ decidedAt, shownAt = decidedAt }: CertificateDecision, known: KnownServer): boolean {
  return Date.parse(known.lastVerifiedAt) >= Date.parse(shownAt);
}

/** Whether a decision rejected what a server showed that had proved itself before, and has not since. */
export function isRejectedAlarm(row: CertificateDecision, known: KnownServer): boolean {
  if (row.decision !== 'reject' || hasProvedSince(row, known)) return false;
  const { problems, certificate } = row;
  if (isMerelyMistimed(problems, certificate.fingerprint, known)) return false;
  return !isMerelyExpired(problems, certificate.publicKeyFingerprint, known);
}

function endpoint({ host: server, port }: { host: string; port: number }): Endpoint {
  return { server, port };
}

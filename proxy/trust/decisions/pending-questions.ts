import { isDeepStrictEqual } from 'node:util';
import { type CertificateQuestion, type Endpoint, isSameServer, type UntimedEvent } from '../../contract/index.ts';
import type { StateStore } from '../../state/store.ts';
import type { Rows } from './rows.ts';
import { bindingId, isAt, type Place, placeOf } from './trust-history.ts';

type Answer = 'approved' | 'rejected' | 'undecided';
type Asked = Omit<CertificateQuestion, 'relays' | 'alsoAtPorts' | 'askedAt' | 'timesMet' | 'waiting'>;

/** The questions waiting for a person, and the sessions held until one decides. */
export interface PendingQuestions {
  /**
   * Asks a question, or joins it to the one already waiting: ten sessions are one question, and so are several ports of a
   * server that show the account one certificate, where the same was seen of all of them before.
   *
   * @returns the id of the question that waits
   */
  ask(asked: Asked, relay: string, at: Date): string;
  /** @throws the signal's reason */
  wait(id: string, milliseconds: number, signal: AbortSignal): Promise<Answer>;
  /**
   * Closes an obsolete question and says so. Waiting sessions are released with `approved`, which makes them connect
   * again and be judged again.
   */
  supersede(question: CertificateQuestion): void;
  /** Does so with every question about another certificate at this place, unless a mail program waits for its answer. */
  supersedeOthers(place: Place, fingerprint: string): void;
  /** The history of this server now differs from that of the other ports: their answers do not count here. */
  leave(server: Endpoint): void;
  /** Releases all sessions that wait for this question. */
  settle(id: string, answer: Answer): void;
}

export interface PendingQuestionsOptions {
  questions: Rows<CertificateQuestion>;
  state: StateStore;
  emit: (event: UntimedEvent) => void;
  limits: { questions: number; questionsPerServer: number };
}

/** The most relays of one account, and ports of one server, named with a question. */
const maxNamed = 50;

export function createPendingQuestions({ questions, state, emit, limits }: PendingQuestionsOptions): PendingQuestions {
  /** The sessions that wait for each answer, and until when, in milliseconds since 1970. */
  const waiting = new Map<string, Map<(answer: Answer) => void, number>>();
  /** Reported since this process began: a question that outlived the last one is reported again when it is next met. */
  const told = new Set<string>();
  /** When each was last met, in the order of meetings; one that outlived the last process was not met in this one. */
  const lastMet = new Map<string, number>();
  let meetings = 0;

  function count(id: string): void {
    const question = questions.get(id);
    if (!question) return;
    const { heldUntil: _, ...row } = question;
    const ends = [...(waiting.get(id)?.values() ?? [])];
    const held = ends.length === 0 ? {} : { heldUntil: new Date(Math.max(...ends)).toISOString() };
    questions.set({ ...row, waiting: ends.length, ...held }, 'memory');
  }

  function settle(id: string, answer: Answer): void {
    told.delete(id);
    lastMet.delete(id);
    for (const release of [...(waiting.get(id)?.keys() ?? [])]) release(answer);
  }

  /** Makes room for one more, oldest first; a question that holds a mail program goes last. */
  function makeRoom(asked: Asked): void {
    const all = questions.all();
    const here = all.filter((row) => isAt(placeOf(asked), row));
    const crowded = here.length >= limits.questionsPerServer ? here : all.length >= limits.questions ? all : null;
    if (!crowded) return;
    const [oldest] = [...crowded].sort(
      (a, b) => Number(a.waiting > 0) - Number(b.waiting > 0) || a.askedAt.localeCompare(b.askedAt),
    );
    if (!oldest) return;
    questions.remove(oldest.id, 'soon');
    settle(oldest.id, 'undecided');
    const dropped = state.get('core', 'core')?.questionsDropped ?? 0;
    state.patch('core', 'core', { questionsDropped: dropped + 1 });
  }

  function supersede({ id, account, host }: CertificateQuestion): void {
    // The row is still there while the event is sent: its receivers can look up what it is about.
    emit({ event: 'certificate-decided', id, decision: 'superseded', account, host });
    questions.remove(id, 'soon');
    settle(id, 'approved');
  }

  /**
   * A was seen, then A again with no other in between: assume that the server switched, and close the questions on its
   * other certificates. Servers that alternate behind one name keep theirs, and so does one that makes up a certificate
   * for each connection.
   */
  function closeLeftBehind(asked: Asked): void {
    const since = lastMet.get(asked.id);
    if (since === undefined) return;
    for (const row of idleOthers(placeOf(asked), asked.certificate.fingerprint)) {
      if ((lastMet.get(row.id) ?? 0) < since) supersede(row);
    }
  }

  /** Questions about other certificates at a place, with no mail program waiting for the answer. */
  function idleOthers(place: Place, fingerprint: string): CertificateQuestion[] {
    const rows = questions.all().filter((row) => isAt(place, row) && row.waiting === 0);
    return rows.filter(({ certificate }) => certificate.fingerprint !== fingerprint);
  }

  /** The question about another port that this one is the same as. */
  function sameElsewhere(asked: Asked): CertificateQuestion | undefined {
    const { certificate, problems, history, offers } = asked;
    // An alarm is about what one port showed before; and it ends when that port proves itself.
    if ('lastVerifiedAt' in history || questions.get(asked.id)) return undefined;
    return questions.all().find((row) => {
      if (row.certificate.fingerprint !== certificate.fingerprint || row.account !== asked.account) return false;
      const there = bindingId({ ...placeOf(asked), port: row.port }, certificate.fingerprint, problems);
      return there === row.id && isDeepStrictEqual([pastOf(row), row.offers], [pastOf(asked), offers]);
    });
  }

  /** @returns false when the question names as many ports as it can */
  function join(row: CertificateQuestion, { port }: Asked, relay: string): boolean {
    const { alsoAtPorts = [], relays } = row;
    const ports = alsoAtPorts.includes(port) ? alsoAtPorts : [...alsoAtPorts, port];
    if (ports.length > maxNamed) return false;
    questions.set({ ...row, alsoAtPorts: ports, relays: naming(relays, relay), timesMet: row.timesMet + 1 }, 'soon');
    return true;
  }

  /** Once in this process. @returns its id */
  function report({ id, account, host, port, problems, offers, certificate }: Asked, relay: string): string {
    if (told.has(id)) return id;
    told.add(id);
    const { fingerprint } = certificate;
    emit({ event: 'certificate-pending', relay, id, account, host, port, fingerprint, problems, offers });
    return id;
  }

  return {
    settle,
    supersede,
    leave({ server, port }) {
      for (const row of questions.all()) {
        const { alsoAtPorts, ...others } = row;
        if (!alsoAtPorts?.includes(port) || !isSameServer({ server, port: row.port }, row)) continue;
        const ports = alsoAtPorts.filter((each) => each !== port);
        questions.set({ ...others, ...(ports.length > 0 && { alsoAtPorts: ports }) }, 'soon');
      }
    },
    supersedeOthers(place, fingerprint) {
      for (const row of idleOthers(place, fingerprint)) supersede(row);
    },
    ask(asked, relay, at) {
      const elsewhere = sameElsewhere(asked);
      if (elsewhere && join(elsewhere, asked, relay)) return report(elsewhere, relay);
      const known = questions.get(asked.id);
      closeLeftBehind(asked);
      meetings += 1;
      lastMet.set(asked.id, meetings);
      if (known) {
        const { provedAgainAt: _, ...before } = known;
        const relays = naming(known.relays, relay);
        questions.set({ ...before, ...asked, relays, timesMet: known.timesMet + 1 }, 'soon');
      } else {
        makeRoom(asked);
        questions.set({ ...asked, relays: [relay], askedAt: at.toISOString(), timesMet: 1, waiting: 0 }, 'soon');
      }
      return report(asked, relay);
    },
    wait(id, milliseconds, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (!questions.get(id) || milliseconds <= 0) return Promise.resolve('undecided');
      return new Promise((resolve, reject) => {
        const others = waiting.get(id) ?? new Map();
        waiting.set(id, others);
        const leave = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          others.delete(release);
          if (others.size === 0) waiting.delete(id);
          count(id);
        };
        const release = (answer: Answer) => {
          leave();
          resolve(answer);
        };
        const onAbort = () => {
          leave();
          reject(signal.reason);
        };
        const timer = setTimeout(() => release('undecided'), milliseconds);
        signal.addEventListener('abort', onAbort, { once: true });
        others.set(release, Date.now() + milliseconds);
        count(id);
      });
    },
  };
}

/** The relays that a question names, with one more if there is room. */
function naming(relays: readonly string[], relay: string): string[] {
  return relays.includes(relay) ? [...relays] : [...relays, relay].slice(0, maxNamed);
}

/** What has to be the same for one answer to do. That the same was trusted at one of the ports, and no longer is, asks no other. */
function pastOf({ history }: Pick<CertificateQuestion, 'history'>): CertificateQuestion['history'] {
  return history.kind === 'new' && history.before === 'trusted' ? { kind: 'new' } : history;
}

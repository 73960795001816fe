import { type CertificateQuestion, inert, type RelayRow, standingRefusal } from '../../proxy/contract/index.ts';
import type { CoreStatus } from '../proxy-process.ts';
import { words } from './words.ts';

/** What the tray shows: as an icon, and in words. */
export type Standing = 'well' | 'question' | 'refused' | 'paused' | 'restarting' | 'down';

/** The facts that the standing is made of. */
export interface CoreView {
  status: CoreStatus['status'];
  paused: boolean;
  relays: readonly RelayRow[];
  questions: readonly CertificateQuestion[];
}

/** What comes first is what a person has to act on. */
export function standingOf({ status, paused, relays, questions }: CoreView): Standing {
  if (status === 'gone') return 'down';
  if (status === 'restarting') return 'restarting';
  if (questions.length > 0) return 'question';
  if (relays.some((relay) => standingRefusal(relay) !== null || isSilent(relay))) return 'refused';
  return paused ? 'paused' : 'well';
}

/** The file of the icon, without its ending. What is not running looks like a refusal: mail does not move. */
export function iconOf(standing: Standing): 'well' | 'question' | 'refused' | 'paused' {
  switch (standing) {
    case 'restarting':
      return 'paused';
    case 'down':
      return 'refused';
    default:
      return standing;
  }
}

export function standingWords(standing: Standing, questions: number): string {
  return standing === 'question' ? words.standing.question(questions) : words.standing[standing];
}

/** One relay in a few words. */
export function relayWords(relay: RelayRow, questions: readonly CertificateQuestion[]): string {
  const waits = questions.some(({ account, relays }) => account === relay.account && relays.includes(relay.name));
  const open = relay.sessionsOpen > 0 ? words.relay.sessions(relay.sessionsOpen) : words.relay.listening;
  if (isSilent(relay)) return failedWords(relay);
  if (waits) return words.relay.question;
  if (standingRefusal(relay) !== null) return words.relay.refused;
  return relay.listeners.some(({ status }) => status.kind === 'listening') ? open : words.relay.starting;
}

/** Which program holds the port and which one is free, where that is known. */
function failedWords({ listeners }: RelayRow): string {
  for (const { status } of listeners) {
    if (status.kind === 'failed' && status.holder) {
      return words.relay.heldBy(inert(status.holder.program, 40), status.freePort);
    }
  }
  return words.relay.failed;
}

/** It listens nowhere, because it could not. */
function isSilent({ listeners }: RelayRow): boolean {
  return (
    listeners.some(({ status }) => status.kind === 'failed') &&
    !listeners.some(({ status }) => status.kind === 'listening')
  );
}

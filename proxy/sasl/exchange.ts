import type { SaslClient } from './mechanism.ts';

/** None of our mechanisms needs more challenges; a server that sends more is faulty or hostile. */
const maxChallenges = 4;

/** A challenge of the server. */
export interface Challenge {
  kind: 'challenge';
  data: Buffer;
}

/** How the server ended an exchange (RFC 4422 §3.6), as its protocol says it. */
export interface Outcome {
  kind: 'accepted' | 'refused' | 'closed';
}

/**
 * The server broke the rules of the mechanism: sent endless challenges, or accepted without the proof that it has to
 * give.
 */
export type Breach = { kind: 'endless' } | { kind: 'no-proof' };

/** How a protocol carries an exchange: its profile of SASL (RFC 4422 §4). */
export interface SaslProfile<O extends Outcome> {
  /** Whether this initial response may stand beside the name of the mechanism. */
  takesInitial(response: Buffer): boolean;
  begin(mechanism: string, initial: Buffer | null): Promise<Challenge | O>;
  /** Answers a challenge; null cancels the exchange (RFC 4422 §3.5). */
  respond(response: Buffer | null): Promise<Challenge | O>;
}

/**
 * Carries out one authentication exchange (RFC 4422 §3) as the client.
 *
 * @throws what the profile throws
 */
export async function authenticate<O extends Outcome>(
  client: SaslClient,
  profile: SaslProfile<O>,
): Promise<O | Breach> {
  const atOnce = client.initial !== null && profile.takesInitial(client.initial);
  /** Waits for the server's first, empty challenge (RFC 4422 §4). */
  let initial = atOnce ? null : client.initial;
  let turn = await profile.begin(client.name, atOnce ? client.initial : null);
  for (let challenges = 1; isChallenge(turn); challenges += 1) {
    const response = initial ?? (challenges <= maxChallenges ? await client.answer(turn.data) : null);
    initial = null;
    turn = await profile.respond(response);
    // An error of the mechanism is the server's last word, and waits for nothing but the end.
    const isLastWord = client.error !== null && challenges <= maxChallenges && !isChallenge(turn);
    if (response === null && !isLastWord) {
      return { kind: client.proved ? 'endless' : 'no-proof' };
    }
  }
  return turn.kind === 'accepted' && !client.proved ? { kind: 'no-proof' } : turn;
}

function isChallenge<O extends Outcome>(turn: Challenge | O): turn is Challenge {
  return turn.kind === 'challenge';
}

/*
 * Where the text of a message ends (RFC 5321 §4.1.1.4). Rules:
 *
 * - The end is CR LF . CR LF and nothing else; the line end of DATA itself counts as the first.
 * - A dot that stands alone between any other line ends (a bare LF, a bare CR, with or without NULs between them) is the
 *   end to some servers and text to others: what follows would be a message of its own to one of the two. Such a text is
 *   refused before the byte that completes the sequence has been passed on.
 * - Everything else passes as it is, bare line ends included.
 */

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

/** Between dots: what the last bytes were. `odd-line`: something that some readers take for the end of a line. */
type Between = 'text' | 'cr' | 'line' | 'odd-line';
/** Behind a dot that begins a line. */
type Behind = 'dot' | 'odd-dot' | 'dot-cr';
type Position = Between | Behind;
type Conclusion = 'end' | 'ambiguous';

type ByteKind = 'cr' | 'lf' | 'nul' | 'other';

const behindDot: Record<Behind, Record<ByteKind, Position | Conclusion>> = {
  dot: { cr: 'dot-cr', lf: 'ambiguous', nul: 'odd-dot', other: 'text' },
  'dot-cr': { cr: 'ambiguous', lf: 'end', nul: 'ambiguous', other: 'ambiguous' },
  'odd-dot': { cr: 'ambiguous', lf: 'ambiguous', nul: 'odd-dot', other: 'text' },
};

/** The result for a piece of a message's text. */
export type Scanned =
  /** `pass` is to be passed on; more is to come. */
  | { kind: 'more'; pass: Buffer }
  /** `pass` is the last of it. Behind the first `used` bytes of the piece are commands again. */
  | { kind: 'end'; pass: Buffer; used: number }
  | { kind: 'ambiguous' };

/** Finds the end of one message's text, piece by piece, and changes none of it. */
export class EndOfData {
  #position: Position = 'line';
  #bytes = 0;
  #stuffed = 0;

  /** The size of the message so far, in bytes as RFC 1870 §5 counts them: without the dots of transparency and the end. */
  get size(): number {
    return this.#bytes - this.#stuffed;
  }

  scan(chunk: Buffer): Scanned {
    const held = this.#position === 'dot-cr';
    const nextDot = dotsIn(chunk);
    let at = 0;
    for (;;) {
      const position = this.#position;
      if (position === 'dot' || position === 'dot-cr' || position === 'odd-dot') {
        const byte = chunk[at];
        if (byte === undefined) break;
        at += 1;
        const next = behindDot[position][kindOf(byte)];
        if (next === 'ambiguous') return { kind: 'ambiguous' };
        if (next === 'end') {
          // Without the dot and its line end.
          this.#bytes += at - 3;
          const pass = chunk.subarray(0, at);
          return { kind: 'end', pass: held ? Buffer.concat([Buffer.of(CR), pass]) : pass, used: at };
        }
        if (position === 'dot' && next === 'text') this.#stuffed += 1;
        this.#position = next;
      } else {
        const dot = nextDot(at);
        const between = behind(chunk, at, dot === -1 ? chunk.length : dot, position);
        this.#position = between;
        if (dot === -1) break;
        if (between !== 'text') this.#position = between === 'line' ? 'dot' : 'odd-dot';
        at = dot + 1;
      }
    }
    this.#bytes += chunk.length;
    // Only the next byte decides whether this CR ends the text.
    return { kind: 'more', pass: this.#position === 'dot-cr' ? chunk.subarray(0, -1) : chunk };
  }
}

/** What may stand in front of a dot that is the first of its line to anybody. */
const beforeDot = [LF, CR, 0].map((byte) => Buffer.of(byte, DOT));

/**
 * Finds the dots that may matter, in order: most stand within a line, and looking at each of those would cost ten times
 * as much as all the rest.
 *
 * @returns the place of the next one from a place on, or -1; a chunk is searched once, however often this is called
 */
function dotsIn(chunk: Buffer): (from: number) => number {
  const next = beforeDot.map(() => -1);
  return (from) => {
    if (from === 0 && chunk[0] === DOT) return 0;
    for (const [index, pattern] of beforeDot.entries()) {
      if ((next[index] ?? 0) >= from) continue;
      const found = chunk.indexOf(pattern, Math.max(0, from - 1));
      next[index] = found === -1 ? Number.POSITIVE_INFINITY : found + 1;
    }
    const first = Math.min(...next);
    return Number.isFinite(first) ? first : -1;
  };
}

function kindOf(byte: number): ByteKind {
  if (byte === CR) return 'cr';
  if (byte === LF) return 'lf';
  return byte === 0 ? 'nul' : 'other';
}

/** What the bytes from `from` to `until` end with, `before` being what came before them. */
function behind(chunk: Buffer, from: number, until: number, before: Between): Between {
  let last = until - 1;
  while (last >= from && chunk[last] === 0) last -= 1;
  const nuls = last < until - 1;
  if (last < from) return nuls && before !== 'text' ? 'odd-line' : before;
  if (chunk[last] === CR) return nuls ? 'odd-line' : 'cr';
  if (chunk[last] !== LF) return 'text';
  const whole = last > from ? chunk[last - 1] === CR : before === 'cr';
  return whole && !nuls ? 'line' : 'odd-line';
}

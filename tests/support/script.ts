import { expect, vi } from 'vitest';
import type { SubmissionBounds } from '../../proxy/dialects/bounds.ts';
import type { Dialect } from '../../proxy/dialects/dialect.ts';
import type { OwnSignIn } from '../../proxy/dialects/front.ts';
import { EndedFromOutside } from '../../proxy/net/ended-from-outside.ts';
import type { Refused } from '../../proxy/net/refused.ts';
import { type Peer, refusal, type Stage, stage } from './dialect-stage.ts';

/** What is heard: an exact line, or a pattern. */
type Heard = string | RegExp;

/**
 * One entry of a script. Lines have no end: CR LF is added to what is said, and removed from what is heard.
 *
 * - `program`, `server`: says these lines, in one write. With `raw`, exactly these bytes. `TAG` in a server's words is
 *   the tag of the command that it heard last.
 * - `program, byte by byte`, `server, byte by byte`: the same line, each byte in a packet of its own.
 * - `program hears`, `server hears`: the next lines, each of them.
 * - `server heard`: all that it has heard so far, and nothing else.
 * - `relayed`: the program says these lines, and the server hears them unchanged. `answered`: the same, the other way.
 * - `declined`: the program says this line and hears that answer, and the server hears nothing of it.
 * - `ends`: how the step ends: `splice`, `closed`, the reason of a refusal, or the name of an error. A request for TLS
 *   that succeeded ends in `TLS`; a greeting in what comes next and its text.
 * - `kept`: what the program has said too early, kept for the raw phase. `left`: what the server has said too early and
 *   nobody has read.
 * - `told`: what the refusal says to people. `found`: the code that was recognised.
 * - `noted`: the reasons that have been noted for the person so far.
 * - `passes`: so many milliseconds pass, where the test has made time its own (`vi.useFakeTimers`).
 */
export type Entry =
  | readonly ['program' | 'server', ...string[]]
  | readonly ['program raw' | 'server raw', string | Buffer]
  | readonly ['program, byte by byte' | 'server, byte by byte', string]
  | readonly ['program hears' | 'server hears' | 'server heard', ...Heard[]]
  | readonly ['relayed' | 'answered', ...string[]]
  | readonly ['declined', string, Heard]
  | readonly ['program leaves' | 'server leaves' | 'stopped']
  | readonly ['ends' | 'found' | 'kept' | 'left', string]
  | readonly ['told', RegExp]
  | readonly ['noted', ...string[]]
  | readonly ['passes', number];

export interface ScriptOptions<Knowledge> {
  /** What the greeting has revealed about the server. */
  knowledge: Knowledge;
  /**
   * What is played: the request for TLS in plaintext, the greeting after TLS (the server's own, or ours), the sign-in.
   */
  step?: 'request-tls' | 'greet' | 'greet-ourselves' | 'sign-in';
  clientIdleMilliseconds?: number;
  replyMilliseconds?: number;
  /** Present where Postern signs in for the mail program. */
  own?: OwnSignIn;
  /** Present where outgoing mail is limited. */
  bounds?: SubmissionBounds;
}

/**
 * Plays a conversation over real sockets: a mail program and a server, each saying and hearing what the script
 * prescribes, with a step of the dialect between them: the sign-in unless another is named.
 *
 * @returns the stage, for inspecting its trace
 */
export async function play<Knowledge>(
  dialect: Dialect<Knowledge>,
  { knowledge, step = 'sign-in', ...times }: ScriptOptions<Knowledge>,
  script: readonly Entry[],
): Promise<Stage> {
  const on = await stage(dialect, knowledge, times);
  const outcome = outcomeOf(begin(on, step));
  for (const [at, entry] of script.entries()) {
    try {
      await perform(on, outcome, entry);
    } catch (error) {
      throw new Error(`entry ${at + 1}, ${JSON.stringify(entry).slice(0, 200)}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  return on;
}

function begin(on: Stage, step: NonNullable<ScriptOptions<unknown>['step']>): Promise<unknown> {
  if (step === 'sign-in') return on.signIn();
  if (step === 'request-tls') return on.requestTls().then(() => 'TLS');
  return on.greet(step === 'greet');
}

/** How a step ended, in one word, and what was reported about it. The line end of a greeting is removed. */
async function outcomeOf(step: Promise<unknown>) {
  const error = await step.then(
    () => null,
    (thrown: Partial<Refused>) => thrown,
  );
  const word = await refusal(step);
  return {
    told: error?.message ?? '',
    found: error?.finding?.code,
    word: word.replace(/^resolved: "(.*?)(?:\\r\\n)?"$/, '$1'),
  };
}

async function perform(on: Stage, outcome: ReturnType<typeof outcomeOf>, entry: Entry): Promise<void> {
  const { program, server } = on;
  const tagged = (line: string) => line.replaceAll('TAG', tagOf(server.last, server.heard));
  switch (entry[0]) {
    case 'program':
      return say(program, entry.slice(1) as string[]);
    case 'server':
      return say(server, (entry.slice(1) as string[]).map(tagged));
    case 'program, byte by byte':
    case 'server, byte by byte':
      for (const byte of `${entry[1]}\r\n`) {
        (entry[0] === 'server, byte by byte' ? server : program).say(byte);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return;
    case 'program raw':
      return program.say(entry[1]);
    case 'server raw':
      return server.say(typeof entry[1] === 'string' ? tagged(entry[1]) : entry[1]);
    case 'program hears':
      return hear(program, entry.slice(1));
    case 'server hears':
      return hear(server, entry.slice(1));
    case 'server heard':
      return same(server.heard.split('\r\n'), [...(entry.slice(1) as Heard[]), '']);
    case 'relayed':
      say(program, entry.slice(1) as string[]);
      return hear(server, entry.slice(1));
    case 'answered':
      say(server, entry.slice(1) as string[]);
      return hear(program, entry.slice(1));
    case 'declined':
      say(program, [entry[1]]);
      return hear(program, [entry[2]]);
    case 'program leaves':
      return program.end();
    case 'server leaves':
      return server.end();
    case 'stopped':
      return on.stop.abort(new EndedFromOutside('stopped'));
    case 'ends':
      return expect((await outcome).word).toBe(entry[1]);
    case 'found':
      return expect((await outcome).found).toBe(entry[1]);
    case 'told':
      return expect((await outcome).told).toMatch(entry[1]);
    case 'kept':
      return expect(on.client.detach().toString('latin1')).toBe(entry[1]);
    case 'left':
      return expect(on.upstream.peek().toString('latin1')).toBe(entry[1]);
    case 'noted':
      return expect(on.notes.map((note) => note.split(' ', 1)[0])).toEqual(entry.slice(1));
    case 'passes':
      return void vi.advanceTimersByTime(entry[1]);
  }
}

/** Credentials have no tag; the tag is then that of the preceding command. */
function tagOf(last: string, heard: string): string {
  const command = last.includes(' ') ? last : heard.split('\r\n').findLast((line) => /^\S+ [A-Z]/i.test(line));
  return (command ?? last).split(' ')[0] ?? '';
}

function say(peer: Peer, lines: readonly string[]): void {
  peer.say(lines.map((line) => `${line}\r\n`).join(''));
}

async function hear(peer: Peer, lines: readonly Heard[]): Promise<void> {
  for (const expected of lines) same([await peer.line()], [expected]);
}

function same(heard: readonly string[], expected: readonly Heard[]): void {
  expect(heard).toEqual(expected.map((form) => (typeof form === 'string' ? form : expect.stringMatching(form))));
}

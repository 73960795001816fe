import { expect } from 'vitest';
import type { Dialect } from '../../proxy/dialects/dialect.ts';
import { type Peer, refusal, type Stage, stage } from './dialect-stage.ts';

/** What is heard: a line word for word, or its form. */
type Heard = string | RegExp;

/**
 * One entry of a script. Lines have no end: CR LF is added to what is said, and taken from what is heard.
 *
 * - `program`, `server`: says these lines, in one write. With `raw`, these bytes as they are.
 * - `program hears`, `server hears`: the next lines, each of them.
 * - `relayed`: the program says these lines, and the server hears them unchanged. `answered`: the same, the other way.
 * - `declined`: the program says this line and hears that answer, and the server hears nothing of it.
 * - `ends`: how the sign-in ends: `splice`, `closed`, the reason of a refusal, or the name of an error.
 * - `kept`: what the program has said too early, given back for the raw phase.
 * - `noted`: what was noted for the person so far, by its reasons.
 */
export type Entry =
  | readonly ['program' | 'server', ...string[]]
  | readonly ['program raw' | 'server raw', string | Buffer]
  | readonly ['program hears' | 'server hears', ...Heard[]]
  | readonly ['relayed' | 'answered', ...string[]]
  | readonly ['declined', string, Heard]
  | readonly ['program leaves' | 'server leaves' | 'stopped']
  | readonly ['ends' | 'kept', string]
  | readonly ['noted', ...string[]];

export interface ScriptOptions<Knowledge> {
  /** What the greeting has told of the server. */
  knowledge: Knowledge;
  clientIdleMilliseconds?: number;
  replyMilliseconds?: number;
}

/**
 * Plays a conversation over real sockets: a mail program and a server, each saying and hearing what the script tells,
 * with the dialect's sign-in between them.
 *
 * @returns the stage, to look at its trace
 */
export async function play<Knowledge>(
  dialect: Dialect<Knowledge>,
  { knowledge, ...times }: ScriptOptions<Knowledge>,
  script: readonly Entry[],
): Promise<Stage> {
  const on = await stage(dialect, knowledge, times);
  const outcome = refusal(on.signIn());
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

async function perform(on: Stage, outcome: Promise<string>, entry: Entry): Promise<void> {
  const { program, server } = on;
  switch (entry[0]) {
    case 'program':
    case 'server':
      return say(on[entry[0]], entry.slice(1) as string[]);
    case 'program raw':
      return program.say(entry[1]);
    case 'server raw':
      return server.say(entry[1]);
    case 'program hears':
      return hear(program, entry.slice(1));
    case 'server hears':
      return hear(server, entry.slice(1));
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
      return on.stop.abort(new Error('stopped'));
    case 'ends':
      return expect((await outcome).replace(/^resolved: "(.*)"$/, '$1')).toBe(entry[1]);
    case 'kept':
      return expect(on.client.detach().toString('latin1')).toBe(entry[1]);
    case 'noted':
      return expect(on.notes.map((note) => note.split(' ', 1)[0])).toEqual(entry.slice(1));
  }
}

function say(peer: Peer, lines: readonly string[]): void {
  peer.say(lines.map((line) => `${line}\r\n`).join(''));
}

async function hear(peer: Peer, lines: readonly Heard[]): Promise<void> {
  for (const expected of lines) {
    const line = await peer.line();
    if (typeof expected === 'string') expect(line).toBe(expected);
    else expect(line).toMatch(expected);
  }
}

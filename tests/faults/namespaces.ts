import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { atEnd } from '../support/clean-up.ts';
import { needNamespaces, needProgram } from '../support/needs.ts';

/** What a packet line does from now on; what is left out stays as it was. */
export interface LineMood {
  /** Probabilities. */
  loss?: number;
  reorder?: number;
  /** Milliseconds. */
  delay?: number;
  /** Nothing passes. */
  cut?: boolean;
  /** This many packets still pass, and then nothing. */
  cutAfter?: number | null;
  /** For each of the next TCP connections from the near end, how many of its packets pass. */
  cutEach?: number[];
}

/** Two network namespaces and the line between them. */
export interface Network {
  near: { namespace: string; address: string };
  far: { namespace: string; address: string };
  /** Changes it. Returns how many packets have been dropped, and how many overtaken by others, so far. */
  mood(mood: LineMood): Promise<{ dropped: number; overtaken: number }>;
  /** Takes the near end's network interface down, or brings it up again. */
  interface(state: 'down' | 'up'): void;
}

/** A program of the tests that communicates in lines of JSON. */
export interface Companion {
  child: ChildProcessWithoutNullStreams;
  lines: Interface;
  say(what: object | string): void;
  /** The next line that it writes. */
  hear(): Promise<unknown>;
}

const prefix = 'postern-';
const goodMood: LineMood = { loss: 0, reorder: 0, delay: 0, cut: false, cutAfter: null, cutEach: [] };

function ip(...words: string[]): void {
  const { status, stderr, error } = spawnSync('ip', words, { encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`ip ${words.join(' ')}: ${error?.message ?? stderr.trim()}`);
  }
}

/** Removes what earlier runs have left when they were killed. */
function sweep(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const line of (stdout ?? '').split('\n')) {
    const [name = ''] = line.split(' ');
    const pid = new RegExp(`^${prefix}(?:near|far)-(\\d+)$`).exec(name)?.[1];
    if (pid !== undefined && !readdirSync('/proc').includes(pid)) spawnSync('ip', ['netns', 'delete', name]);
  }
}

/** Starts a program inside a namespace (or outside, for null). It ends with the test file. */
export function startCompanion(namespace: string | null, program: string, ...args: string[]): Companion {
  const words = [program, ...args];
  const inside = namespace === null ? words : ['ip', 'netns', 'exec', namespace, ...words];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...inside], { stdio: 'pipe' });
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout });
  const heard: string[] = [];
  let wake = () => {};
  let over = false;
  lines.on('line', (line) => {
    heard.push(line);
    wake();
  });
  child.once('close', () => {
    over = true;
    wake();
  });
  atEnd(() => child.kill('SIGKILL'));
  return {
    child,
    lines,
    say: (what) => child.stdin.write(`${typeof what === 'string' ? what : JSON.stringify(what)}\n`),
    async hear() {
      for (;;) {
        const line = heard.shift();
        if (line !== undefined) return JSON.parse(line);
        if (over) throw new Error(`${words.join(' ')} has ended:\n${errors.join('')}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** Creates two namespaces with a line for packets between them. They are removed at the end of the test file. */
export async function openNetwork(): Promise<Network> {
  needNamespaces();
  needProgram('python3');
  sweep();
  const near = { namespace: `${prefix}near-${process.pid}`, address: '10.66.0.1' };
  const far = { namespace: `${prefix}far-${process.pid}`, address: '10.66.0.2' };
  for (const { namespace } of [near, far]) {
    ip('netns', 'add', namespace);
    atEnd(() => ip('netns', 'delete', namespace));
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  const script = fileURLToPath(new URL('packet_line.py', import.meta.url));
  const ends = [near, far].flatMap(({ namespace, address }) => [namespace, 'line0', `${address}/24`]);
  const line = startCompanion(null, 'python3', '-B', script, ...ends);
  await line.hear();
  return {
    near,
    far,
    async mood(mood) {
      line.say({ ...goodMood, ...mood });
      return (await line.hear()) as { dropped: number; overtaken: number };
    },
    interface: (state) => ip('-n', near.namespace, 'link', 'set', 'line0', state),
  };
}

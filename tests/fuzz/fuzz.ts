// `npm run fuzz -- [--seed N] [--session M] [--sessions COUNT] [--built] [--concurrency C]`: random servers and random
// clients against the product. The same seed and session number produce the same session.
import { parseArgs } from 'node:util';
import type { Played } from './invariants.ts';
import { type Failure, run } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    session: { type: 'string' },
    sessions: { type: 'string', default: '20000' },
    concurrency: { type: 'string', default: '32' },
    built: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const one = values.session !== undefined;
const say = (line: string) => process.stdout.write(`${line}\n`);

function describe({ plan, client, servers, events }: Played): void {
  const { up, down, downSaid: _, ...rest } = plan;
  say(JSON.stringify({ ...rest, up: up.length, down: down.length }, null, 1));
  const shown = (bytes: Buffer) => JSON.stringify(bytes.toString('latin1').slice(0, 2000));
  say(`client said  ${shown(Buffer.concat(client.speaker.said))} [${client.speaker.mutations.join(', ')}]`);
  say(`client heard ${shown(client.reader.received)} (${client.reader.ending}${client.left ? ', left' : ''})`);
  for (const { speaker, plaintext, inside, rawFrom, rawClean } of servers) {
    say(`server said  ${shown(Buffer.concat(speaker.said))} [${speaker.mutations.join(', ')}]`);
    say(
      `server heard ${shown(plaintext)} and ${inside ? shown(inside.received) : 'no TLS'} (raw ${rawFrom} ${rawClean})`,
    );
  }
  for (const event of events) say(JSON.stringify(event));
}

function told({ session, what }: Failure): void {
  say(`\nFAILED: ${what}`);
  if (session === null) say(`with: npm run fuzz -- --seed ${seed} --sessions ${values.sessions}`);
  else say(`Again with: npm run fuzz -- --seed ${seed} --session ${session}${values.built ? ' --built' : ''}`);
}

say(`Seed ${seed}${one ? `, session ${values.session}` : `, ${values.sessions} sessions`}`);
const begun = performance.now();
const { failures, counts } = await run({
  seed,
  // What one session leaves in the memory of servers may matter to the next: "--session 200,235".
  numbers: values.session?.split(',').map(Number) ?? [...Array(Number(values.sessions)).keys()],
  concurrency: one ? 1 : Number(values.concurrency),
  built: values.built,
  ...(one ? { watch: describe } : {}),
  failed: told,
  progress: (done) => say(`${done} sessions, ${Math.round((performance.now() - begun) / 1000)} s`),
}).catch((error: unknown) => {
  say(`FAILED: ${error instanceof Error ? error.stack : String(error)}`);
  process.exit(1);
});
for (const [what, times] of Object.entries(counts).sort()) say(`${String(times).padStart(7)} ${what}`);
say(`${failures.length} failures, ${Math.round((performance.now() - begun) / 1000)} s`);
process.exit(failures.length === 0 ? 0 : 1);

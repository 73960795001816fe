import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { startCompanion } from '../faults/namespaces.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { awkwardMessages } from '../support/messages.ts';
import { needProgram } from '../support/needs.ts';
import { openNamespace, type SerialHome, startSerialHome } from '../support/serial-home.ts';
import { runGuest } from './machine.ts';

// A machine with nothing but a serial port: Debian's pppd in a virtual machine, against the built product at the other end
// of the cable. It has the address that it is given on that line, and the relay lists it.

const line = { here: '10.64.65.1', there: '10.64.65.2' };
const serial = join(scratchDirectory('ppp'), 'line');
let home: SerialHome;

beforeAll(async () => {
  const namespace = await openNamespace('ppp');
  const end = fileURLToPath(new URL('ppp_end.py', import.meta.url));
  const words = ['-B', end, namespace, 'ppp0', line.here, line.there, serial];
  await startCompanion(null, needProgram('python3'), ...words).hear();
  home = await startSerialHome(namespace, line);
});

test('sends and fetches over PPP, from the address that it was given, and every byte is kept', async () => {
  const { here, there, ports, signIn } = home;
  const curl = `curl -sS --max-time 300 ${signIn.join(' ')}`;
  const messages = awkwardMessages();
  const names = messages.map((_, index) => `message-${index}`);
  const envelope = '--mail-from a@example.org --mail-rcpt b@example.org';
  const script = [
    ...names.map((name) => `${curl} ${envelope} -T ${name} smtp://${here}:${ports.smtp}/guest; echo "send $?" >>said`),
    ...names.map(
      (_, index) =>
        `${curl} pop3://${here}:${ports.pop3}/${index + 1} -o got; echo "pop3 $?" >>said; show pop3-${index} got`,
    ),
    'show said said',
    '',
  ].join('\n');
  const files = new Map<string, string | Uint8Array>(messages.map(({ bytes }, index) => [names[index] ?? '', bytes]));
  const shown = await runGuest(files.set('script', script), { serial });

  const times = (word: string) => names.map(() => `${word} 0\n`).join('');
  expect(shown.get('said')?.toString()).toBe(`${times('send')}${times('pop3')}`);
  for (const [index, { name, bytes }] of messages.entries()) {
    expect(shown.get(`pop3-${index}`)?.equals(bytes), name).toBe(true);
  }
  const { relays } = JSON.parse((await home.command('devices', '--json')).stdout.toString());
  expect(relays).toMatchObject([
    { relay: 'old-smtp', devices: [{ address: there, listed: true, messages: messages.length, refusals: 0 }] },
    { relay: 'old-pop3', devices: [{ address: there, listed: true, refusals: 0 }] },
  ]);
});

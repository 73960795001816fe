import { beforeAll, describe, expect, test } from 'vitest';
import { awkwardMessages, nameOf, withoutTrace } from '../support/messages.ts';
import { needRoot } from '../support/needs.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';
import { runGuest } from './machine.ts';

// A mail program in a virtual machine, against the built product and its practice account: to Postern it is the program
// that runs the machine, and that program's user counts.

const address = 'you@practice.localhost';
/** The welcome message, which is in the practice account from the start. */
const before = 1;

let postern: Postern;
const ports = new Map<string, number>();

beforeAll(async () => {
  postern = await startPostern({ args: ['--practice'] });
  for (const event of postern.events) if (event.event === 'listening') ports.set(event.relay, event.port);
  // The practice server's certificate raises a question, the same one for all three.
  for (const relay of ['practice-imap', 'practice-pop3', 'practice-smtp']) await approve(relay);
});

async function approve(relay: string): Promise<void> {
  const client = await RawClient.connect(ports.get(relay) ?? 0);
  const greeting = client.line();
  let answered = false;
  void greeting.then(() => {
    answered = true;
  });
  while (!answered) {
    const { stdout } = await postern.command('certificates', '--json');
    const [question] = (JSON.parse(stdout.toString()) as { questions: { id: string }[] }).questions;
    if (question) await postern.command('certificates', 'approve', question.id);
  }
  expect(await greeting).toMatch(/^(?:\* OK|\+OK|220) /);
  client.finish();
}

const at = (relay: string) => `10.0.2.2:${ports.get(relay)}`;

/** A script for the guest: sends every file, and shows everything that it can fetch. */
function script(files: readonly string[]): string {
  const curl = `curl -sS --max-time 120 -u '${address}:practice'`;
  const all = Array.from({ length: before + files.length }, (_, index) => index + 1);
  return [
    ...files.map(
      (file) =>
        `${curl} --mail-from ${address} --mail-rcpt ${address} -T ${file} smtp://${at('practice-smtp')}/guest >>said 2>&1; echo "send $?" >>said`,
    ),
    ...all.flatMap((number) => [
      `${curl} 'imap://${at('practice-imap')}/INBOX;MAILINDEX=${number}' -o got >>said 2>&1; echo "imap $?" >>said; show imap-${number} got`,
      `${curl} 'pop3://${at('practice-pop3')}/${number}' -o got >>said 2>&1; echo "pop3 $?" >>said; show pop3-${number} got`,
    ]),
    'show said said',
    '',
  ].join('\n');
}

describe('a mail program in QEMU, over its user-mode network', () => {
  test('sends and fetches through 10.0.2.2, and every byte is kept', async () => {
    const messages = awkwardMessages();
    expect(messages.length).toBeGreaterThan(3);
    const since = postern.events.length;
    const names = messages.map((_, index) => `message-${index}`);
    const files = new Map<string, string | Uint8Array>(messages.map(({ bytes }, index) => [names[index] ?? '', bytes]));
    const shown = await runGuest(files.set('script', script(names)));

    const said = shown.get('said')?.toString() ?? '';
    const fetches = Array.from({ length: before + messages.length }, () => 'imap 0\npop3 0\n');
    expect(said).toBe(`${names.map(() => 'send 0\n').join('')}${fetches.join('')}`);
    for (const protocol of ['imap', 'pop3']) {
      const fetched = [...shown].flatMap(([name, bytes]) => (name.startsWith(protocol) ? [bytes] : []));
      expect(fetched).toHaveLength(before + messages.length);
      for (const { name, bytes } of messages) {
        const [found] = fetched.filter((each) => nameOf(each) === name);
        expect(found && withoutTrace(found).equals(bytes), `${protocol}: ${name}`).toBe(true);
      }
    }
    expect(postern.events.slice(since).filter(({ event }) => event === 'refused')).toEqual([]);
  });

  test('is turned away where the machine is another user’s', async () => {
    needRoot();
    const since = postern.events.length;
    const commands = ['practice-imap', 'practice-pop3', 'practice-smtp'].map(
      (relay) => `curl -sS --max-time 60 telnet://${at(relay)} </dev/null >>said 2>&1`,
    );
    const shown = await runGuest(new Map([['script', `${commands.join('\n')}\nshow said said\n`]]), { user: 65_534 });
    const lines = shown.get('said')?.toString().split('\r\n') ?? [];
    expect(lines.filter((line) => line.includes('A program of another user'))).toHaveLength(3);
    const refused = postern.events.slice(since).flatMap((event) => (event.event === 'refused' ? [event.reason] : []));
    expect(refused).toEqual(['client-other-user', 'client-other-user', 'client-other-user']);
  });
});

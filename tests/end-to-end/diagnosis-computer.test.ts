/**
 * What is recognised about this computer: the built command without a network, without rights, and without resources.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { connectCore } from '../../main/http/client.ts';
import type { CheckReport, ConfigurationInput, DiagnosisCode } from '../../proxy/contract/index.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { createEventRecord, type EventRecord } from '../support/event-record.ts';
import { needNamespaces } from '../support/needs.ts';
import { startPostern } from '../support/postern.ts';
import { mustRun, runProgram } from '../support/programs.ts';
import { startService } from '../support/service.ts';

const program = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));
const relay = { protocol: 'imap', tls: 'implicit', server: 'mail.example.test', port: 993 } as const;

describe('a computer that is offline, has IPv4 alone, and keeps the low ports for its administrator', () => {
  const relays: [DiagnosisCode, { listen: string; address?: string }, string][] = [
    [
      'network-unreachable',
      { listen: '127.0.0.1:0', address: '192.0.2.1' },
      'There is no way from this computer to mail.example.test.',
    ],
    ['port-not-permitted', { listen: '127.0.0.1:993' }, 'The system does not let Postern use 127.0.0.1 port 993.'],
    ['address-missing', { listen: '[::1]:1993' }, 'This computer does not have the address of ::1 port 1993.'],
  ];
  const byName = ['imap.private.example', 'imap.gmail.com'];
  let record: EventRecord;
  let pid: number;
  let dataDirectory: string;

  beforeAll(async () => {
    needNamespaces();
    dataDirectory = join(scratchDirectory('computer'), 'data');
    mkdirSync(dataDirectory, { mode: 0o700 });
    const accounts = [
      ...relays.map(([name, place]) => ({ name, relays: [{ ...relay, ...place, name }] })),
      ...byName.map((server) => ({
        name: server,
        relays: [{ ...relay, server, listen: '127.0.0.1:0', name: server }],
      })),
    ];
    const configuration: ConfigurationInput = { version: 1, accounts };
    writeFileSync(join(dataDirectory, 'config.json'), JSON.stringify(configuration));
    record = createEventRecord();
    // A new network namespace has only the loopback interface, and lets everyone use ports from 1024 on.
    const script =
      'ip link set lo up && ip -6 address flush dev lo && exec setpriv --bounding-set=-net_bind_service --inh-caps=-net_bind_service "$@"';
    const command = [process.execPath, program, 'run', '--json', '--no-window', '--data-dir', dataDirectory];
    const { child } = await startService('unshare', ['--net', 'sh', '-c', script, 'sh', ...command], {
      isReady: async () => record.events.some(({ event }) => event === 'ready'),
      onStart(started) {
        if (started.stdout)
          createInterface({ input: started.stdout }).on('line', (line) => record.add(JSON.parse(line)));
      },
    });
    // Each of these programs replaces itself with the next: the process is Postern itself.
    pid = child.pid ?? 0;
  });

  /** The command, in the same network. */
  const command = (...words: string[]) =>
    runProgram('nsenter', [
      ...['--target', String(pid), '--net'],
      ...[process.execPath, program, ...words, '--data-dir', dataDirectory],
    ]);

  test.each(relays)('%s', async (code, _place, sentence) => {
    const told = await command('check', code);
    expect([told.code, told.stdout.toString()]).toEqual([1, expect.stringContaining(`: ${sentence} [${code}]\n`)]);
    const report = JSON.parse((await command('check', code, '--json')).stdout.toString()) as CheckReport;
    expect(report.relays.map(({ diagnosis }) => diagnosis?.code)).toEqual([code]);
    const event = await record.event(
      code === 'network-unreachable' ? 'refused' : 'relay-failed',
      (one) => one.relay === code,
    );
    expect(event.code).toBe(code);
  });

  test('offline is called that by `check`, `status` and `add`, and nowhere a typing error', async () => {
    for (const name of ['network-unreachable', ...byName]) {
      const told = (await command('check', name)).stdout.toString();
      expect(told).toContain('This computer seems to be offline');
      expect(told).not.toContain('typing error');
    }
    const status = (await command('status')).stdout.toString();
    for (const name of ['network-unreachable', ...byName]) {
      expect(status).toMatch(new RegExp(`^  ${name} was last refused .*This computer seems to be offline`, 'm'));
    }
    expect(status).not.toContain('typing error');
    for (const address of ['ada@private.example', 'ada@gmail.com']) {
      const { code, stdout, stderr } = await command('add', address, '--yes');
      expect([code, stderr]).toEqual([1, 'postern: this computer seems to be offline. Nothing was written.\n']);
      expect(stdout.toString()).toContain('Nothing can be found out while this computer is offline.');
      expect(stdout.toString()).not.toMatch(/typing error|ask your mail provider/i);
    }
  });
});

test('listening-failed: Postern may open no more files; when it may again, it listens', async () => {
  const configuration = (count: number): ConfigurationInput => ({
    version: 1,
    accounts: [
      {
        name: 'A',
        relays: Array.from({ length: count }, (_, at) => ({ ...relay, name: `relay ${at}`, listen: '127.0.0.1:0' })),
      },
    ],
  });
  const postern = await startPostern({ configuration: configuration(1) });
  const core = await connectCore(postern.dataDirectory);
  atEnd(() => core.close());
  const most = (files: string) => mustRun('prlimit', ['--pid', String(core.pid), `--nofile=${files}:`]);
  const open = new Set(readdirSync(`/proc/${core.pid}/fd`).map(Number));
  const free = Array.from({ length: 1000 }, (_, number) => number).filter((number) => !open.has(number));
  // The limit is on descriptor numbers. Twenty are enough for hearing the command and saving the configuration, and no
  // more.
  await most(String(free[20]));
  const configured = await core.command('configure', { configuration: configuration(60) as never });
  expect(configured).toMatchObject({ ok: true });
  const failed = await postern.event('relay-failed');
  expect(failed).toMatchObject({ reason: 'listen-failed', code: 'listening-failed' });
  expect(failed.message).toMatch(
    /^Postern could not listen on 127\.0\.0\.1 port 0 \(EMFILE\)\. .* Postern keeps trying\.$/,
  );
  const from = postern.events.length;
  await most('4096');
  await postern.event('listening', (event) => event.relay === failed.relay, from);
  await postern.stop();
});

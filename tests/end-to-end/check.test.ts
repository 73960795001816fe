import { beforeAll, expect, test } from 'vitest';
import type { CheckReport } from '../../proxy/contract/index.ts';
import { mailUsers, routes, sixRoutes, startMailSystem } from '../support/mail-system.ts';
import { type Postern, startPostern } from '../support/postern.ts';

// `postern check` against real servers, by every route.

const { alice } = mailUsers('alice');
let postern: Postern;

beforeAll(async () => {
  postern = await startPostern({ configuration: sixRoutes(await startMailSystem([alice])) });
});

test('signs in by all six routes and says what protects them', async () => {
  const words = ['check', '--json', '--user', alice.address, '--password-stdin'];
  const { code, stdout, stderr } = await postern.commandWith(`${alice.password}\n`, ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const report = JSON.parse(stdout.toString()) as CheckReport;
  expect(report.outcome).toBe('ok');
  expect(report.relays.map(({ relay }) => relay)).toEqual(routes.map(({ relay }) => relay));
  for (const relay of report.relays) {
    expect(relay).toMatchObject({ outcome: 'ok', tlsVersion: 'TLSv1.3', trust: 'verified' });
    expect(relay.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toContain('sign-in ok');
    expect(Date.parse(String(relay.certificateExpires))).toBeGreaterThan(Date.now());
  }
});

test('a wrong password fails, and is not repeated to anyone', async () => {
  const words = ['check', '--json', '--user', alice.address, '--password-stdin'];
  const { code, stdout, stderr } = await postern.commandWith('not the password of alice\n', ...words);
  expect(code).toBe(1);
  const report = JSON.parse(stdout.toString()) as CheckReport;
  expect(report.relays.map(({ outcome }) => outcome)).toEqual(routes.map(() => 'failed'));
  expect(`${stdout.toString()}${stderr}${postern.output()}${JSON.stringify(postern.events)}`).not.toContain(
    'not the password',
  );
});

import type { Page } from 'playwright-core';
import type {
  CommandInput,
  DiscoveryReport,
  DiscoveryStep,
  FoundServer,
  Protocol,
} from '../../../proxy/contract/index.ts';
import { createFakeCore, type FakeCore } from './fake-core.ts';
import { busyStore, protection } from './fake-state.ts';

/** A search with a prescribed result. */
export interface FakeDiscovery {
  report: DiscoveryReport;
  /** While set, the search stops after its first step until it is released or cancelled. */
  hold: boolean;
  release(): void;
  run(input: CommandInput<'discover'>, progress?: (step: DiscoveryStep) => void): Promise<unknown>;
  cancel(): void;
}

export function foundServer(protocol: Protocol, more: Partial<FoundServer> = {}): FoundServer {
  const port = { imap: 993, pop3: 995, smtp: 465, nntp: 563, ldap: 636 }[protocol];
  const label = { imap: '_imaps', pop3: '_pop3s', smtp: '_submissions', nntp: '_nntps', ldap: '_ldaps' }[protocol];
  const server = `${protocol}.private.example`;
  return {
    protocol,
    server,
    port,
    tls: 'implicit',
    source: 'srv',
    evidence: `The DNS of private.example names it (${label}._tcp.private.example).`,
    confirm: false,
    protection: protection(server),
    signIn: 'password',
    ...more,
  };
}

const steps: DiscoveryStep[] = [
  {
    key: 'provider-table',
    outcome: 'nothing',
    message: 'private.example is not in Postern’s own table of providers.',
  },
  { key: 'srv', outcome: 'ok', message: 'The DNS of private.example names mail servers.' },
  {
    key: 'imap imap.private.example 993',
    outcome: 'ok',
    message: 'imap.private.example port 993 speaks IMAP; its certificate is verified (TLS 1.3).',
  },
  {
    key: 'smtp smtp.private.example 465',
    outcome: 'ok',
    message: 'smtp.private.example port 465 speaks SMTP; its certificate is verified (TLS 1.3).',
  },
];

/** The result of an ordinary search. */
export function ordinaryReport(more: Partial<DiscoveryReport> = {}): DiscoveryReport {
  return {
    address: 'ada@private.example',
    outcome: 'found',
    servers: [foundServer('smtp'), foundServer('imap')],
    rejected: [],
    provider: null,
    user: 'ada@private.example',
    remarks: [],
    steps,
    ...more,
  };
}

export function createFakeDiscovery(): FakeDiscovery {
  let waiting: ((cancelled: boolean) => void) | null = null;
  const fake: FakeDiscovery = {
    report: ordinaryReport(),
    hold: false,
    release: () => waiting?.(false),
    cancel: () => waiting?.(true),
    async run(_input, progress = () => {}) {
      for (const [index, step] of fake.report.steps.entries()) {
        progress({ ...step, outcome: 'running', message: 'Looking …' });
        progress(step);
        if (index > 0 || !fake.hold) continue;
        const cancelled = await new Promise<boolean>((resolve) => {
          waiting = resolve;
        });
        if (cancelled) return { ok: false, failure: { code: 'cancelled', message: 'The search was cancelled.' } };
      }
      return { ok: true, value: fake.report };
    },
  };
  return fake;
}

/** Servers of another domain, with only DNS to vouch for them. */
export const foreignReport = ordinaryReport({
  servers: [
    foundServer('smtp', { server: 'mail.hoster.example', confirm: true }),
    foundServer('imap', { server: 'mail.hoster.example', confirm: true }),
    foundServer('pop3', { server: 'mail.hoster.example', confirm: true }),
  ],
});

/** A provider that does not allow sign-in with a password. */
export const tokenReport = ordinaryReport({
  servers: [foundServer('smtp', { signIn: 'oauth-only' }), foundServer('imap', { signIn: 'oauth-only' })],
  provider: {
    name: 'Example Mail',
    signIn: 'oauth-only',
    note: 'Example lets mail programs in by OAuth alone.',
    documentation: 'https://help.example/oauth',
  },
});

/** A provider that issues a password for each program. */
export const appPasswordReport = ordinaryReport({
  provider: {
    name: 'Example Mail',
    signIn: 'app-password',
    note: 'Make an app password first.',
    documentation: 'https://help.example/app-passwords',
  },
});

/** A server for sending, and one for reading whose certificate is for another name. */
export const partReport = ordinaryReport({
  outcome: 'partly',
  servers: [foundServer('smtp', { port: 587, tls: 'starttls', source: 'usual-names' })],
  rejected: [
    {
      protocol: 'imap',
      server: 'mail.private.example',
      port: 993,
      tls: 'implicit',
      source: 'usual-names',
      message: 'The certificate of mail.private.example is not trustworthy by itself: it is for another server.',
    },
  ],
});

/** A core whose searches have this result. */
export function findingCore(report: DiscoveryReport): FakeCore {
  const core = createFakeCore(busyStore());
  core.discovery.report = report;
  return core;
}

/** Enters the address, and waits for the result of the search. */
export async function search(page: Page, heading: string): Promise<void> {
  await page.getByLabel('Your e-mail address').fill('ada@private.example');
  await page.getByRole('button', { name: 'Find the servers' }).click();
  await page.getByRole('heading', { name: heading }).waitFor();
}

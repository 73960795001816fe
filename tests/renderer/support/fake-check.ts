import type { CheckReport, CheckStep, CommandResult } from '../../../proxy/contract/index.ts';
import { told } from '../../support/findings.ts';
import { createFakeCore, type FakeCore } from './fake-core.ts';
import { busyStore } from './fake-state.ts';

const server = 'imap.example.org';
const refused = told({ code: 'wrong-password' }, { server, port: 993 });
const steps: CheckStep[] = [
  { step: 'connect', outcome: 'ok', message: 'Connected to 127.0.0.1:1143.', milliseconds: 3 },
  { step: 'tls', outcome: 'ok', message: 'TLS 1.3, and the server proved who it is.', milliseconds: 84 },
  { step: 'greeting', outcome: 'ok', message: `${server} is ready.`, milliseconds: 31 },
  { step: 'sign-in', outcome: 'failed', message: refused.message, milliseconds: 2_112 },
  { step: 'sign-out', outcome: 'skipped', message: 'Not reached.', milliseconds: 0 },
].map((step) => ({ ...step, relay: 'work-imap' }) as CheckStep);

/** A core whose test of the account Work ends at the password, which the server does not accept. */
export function failingCheckCore(): FakeCore {
  const core = createFakeCore(busyStore());
  const { command } = core;
  core.command = async (name, input, progress) => {
    if (name !== 'check') return command(name, input, progress);
    const relay = { relay: 'work-imap', account: 'Work', protocol: 'imap', outcome: 'failed', steps } as const;
    const seen = { tlsVersion: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', certificateExpires: null } as const;
    const report: CheckReport = {
      outcome: 'failed',
      relays: [{ ...relay, ...seen, trust: 'verified', diagnosis: refused.diagnosis }],
    };
    return { ok: true, value: report } as CommandResult<typeof name>;
  };
  return core;
}

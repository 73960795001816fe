import { performance } from 'node:perf_hooks';
import type {
  CheckReport,
  CheckStep,
  CommandInput,
  Configuration,
  RelayCheck,
  RelayConfiguration,
  UpstreamProtection,
} from '../contract/index.ts';
import { CommandFailed } from '../state/command-failed.ts';
import type { StateStore } from '../state/store.ts';
import { hearGreeting } from './greeting.ts';
import { type Credentials, SignInFailed } from './outcome.ts';
import { signIns } from './sign-in.ts';

/** What a check looks at. */
export interface CheckedCore {
  state: StateStore;
  configuration: Configuration;
}

/**
 * Signs in through each relay's own listener exactly as a mail program would, and says what was seen.
 *
 * @param input the account (all of them without one); user name and password, without which the sign-in is left out
 * @param progress hears each step as it is done
 * @throws CommandFailed `not-found` when there is no such account
 */
export async function check(
  input: CommandInput<'check'>,
  core: CheckedCore,
  progress: (step: CheckStep) => void = () => {},
): Promise<CheckReport> {
  const accounts = core.configuration.accounts.filter(
    ({ name }) => input.account === undefined || name === input.account,
  );
  if (accounts.length === 0) {
    throw new CommandFailed(
      'not-found',
      input.account === undefined
        ? 'There is no account to check yet.'
        : `There is no account named "${input.account}".`,
    );
  }
  const credentials = input.user === undefined ? null : { user: input.user, password: input.password ?? '' };
  const relays: RelayCheck[] = [];
  for (const account of accounts) {
    for (const relay of account.relays) {
      relays.push(await checkRelay(account.name, relay, credentials, core.state, progress));
    }
  }
  return { outcome: relays.every(({ outcome }) => outcome === 'ok') ? 'ok' : 'failed', relays };
}

async function checkRelay(
  account: string,
  relay: RelayConfiguration,
  credentials: Credentials | null,
  state: StateStore,
  progress: (step: CheckStep) => void,
): Promise<RelayCheck> {
  const steps: CheckStep[] = [];
  const result = (outcome: 'ok' | 'failed'): RelayCheck => {
    const seen = outcome === 'ok' ? protection() : null;
    return {
      relay: relay.name,
      account,
      protocol: relay.protocol,
      outcome,
      steps,
      tlsVersion: seen?.tlsVersion ?? null,
      cipher: seen?.cipher ?? null,
      certificateExpires: seen?.certificate.notAfter ?? null,
      trust: seen?.trust.kind ?? null,
    };
  };
  const protection = (): UpstreamProtection | null => state.get('relays', relay.name)?.lastVerified ?? null;
  const note = (step: CheckStep['step'], outcome: CheckStep['outcome'], message: string, since: number) => {
    const entry = { relay: relay.name, step, outcome, message, milliseconds: Math.round(performance.now() - since) };
    steps.push(entry);
    progress(entry);
  };
  /** Our own words about the refusal are better than what a mail program makes of them. */
  const whyRefused = (otherwise: string) => {
    const refusal = state.get('relays', relay.name)?.lastRefusal;
    return refusal && Date.parse(refusal.at) >= begun ? refusal.message : otherwise;
  };

  const begun = Date.now();
  let since = performance.now();
  const row = state.get('relays', relay.name)?.listeners.find(({ status }) => status.kind === 'listening');
  if (!row) {
    const failed = state.get('relays', relay.name)?.listeners.find(({ status }) => status.kind === 'failed');
    const why = failed?.status.kind === 'failed' ? failed.status.message : 'Postern does not listen for this relay.';
    note('connect', 'failed', why, since);
    return result('failed');
  }
  const place = { host: row.address, port: row.port };
  const greeting = await hearGreeting(relay.protocol, place, () => {
    note('connect', 'ok', `Connected to Postern on ${row.address} port ${row.port}.`, since);
    since = performance.now();
  });
  if (greeting.kind !== 'welcome') {
    const step = greeting.kind === 'unreachable' ? 'connect' : 'greeting';
    note(step, 'failed', whyRefused(greeting.message), since);
    return result('failed');
  }
  note('greeting', 'ok', `${relay.server} answered.`, since);
  const seen = protection();
  if (seen) note('tls', 'ok', describe(seen), performance.now());

  since = performance.now();
  if (!credentials) {
    note('sign-in', 'skipped', 'No user name was given, so signing in was left out.', since);
    return result('ok');
  }
  try {
    for await (const { step, message } of signIns[relay.protocol](place, credentials)) {
      note(step, 'ok', message, since);
      since = performance.now();
    }
  } catch (error) {
    const message = error instanceof SignInFailed ? error.message : 'The connection broke during the sign-in.';
    note('sign-in', 'failed', error instanceof SignInFailed && error.byServer ? message : whyRefused(message), since);
    return result('failed');
  }
  return result('ok');
}

function describe({ tlsVersion, cipher, certificate, trust }: UpstreamProtection): string {
  const until = certificate.notAfter.slice(0, 10);
  const who = trust.kind === 'verified' ? 'verified' : 'trusted by you';
  return `Protected by ${tlsVersion.replace('v', ' ')} (${cipher}); certificate ${who}, valid until ${until}.`;
}

import { performance } from 'node:perf_hooks';
import type { CareMemory } from '../care/memory.ts';
import {
  type CheckReport,
  type CheckStep,
  type CommandInput,
  type Configuration,
  type Diagnosis,
  diagnose,
  type Finding,
  ownSignIn,
  type RelayCheck,
  type RelayConfiguration,
  tlsName,
  type UpstreamProtection,
} from '../contract/index.ts';
import { clockFinding, type SeenCertificate } from '../diagnosis/clock.ts';
import { afterwardsFinding, signInFinding } from '../diagnosis/sign-in-reply.ts';
import type { Resolve } from '../net/dial.ts';
import { CommandFailed, failedWhilePaused } from '../state/command-failed.ts';
import type { StateStore } from '../state/store.ts';
import { hearGreeting } from './greeting.ts';
import { lookCloser } from './look-closer.ts';
import { type Credentials, MailboxRefused, SignInFailed } from './outcome.ts';
import { signIns } from './sign-in.ts';

/** What a check looks at. */
export interface CheckedCore {
  state: StateStore;
  configuration: Configuration;
  resolve: Resolve;
  memory: Pick<CareMemory, 'sawNeeds'>;
  /** The local password of an account that Postern signs in for; made if there is none. @throws CommandFailed */
  localPassword(account: string): Promise<string>;
  now(): Date;
}

/**
 * Signs in through each relay's own listener exactly as a mail program would, and says what was seen.
 *
 * @param input the account (all if none is named); user name and password, without which the sign-in is skipped. An
 *   account that Postern signs in for needs none: it is tried with its local password
 * @param progress receives each step as it is done
 * @throws CommandFailed `not-found` when there is no such account; `failed` while Postern is paused
 */
export async function check(
  input: CommandInput<'check'>,
  core: CheckedCore,
  progress: (step: CheckStep) => void = () => {},
): Promise<CheckReport> {
  if (core.state.get('core', 'core')?.paused) throw failedWhilePaused();
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
  const { user, password } = input;
  const credentials = user === undefined || !password ? null : { user, password };
  const relays: RelayCheck[] = [];
  for (const account of accounts) {
    const own = ownSignIn(account);
    // Where several accounts are checked, what was typed is for those whose mail program signs in.
    const typed = own && input.account === undefined ? null : credentials;
    const shown = typed ?? (own && { user: own.user, password: await localPassword(account.name, core) });
    for (const relay of account.relays) {
      relays.push(await checkRelay(account.name, relay, shown, core, progress));
    }
  }
  const outcome = relays.every((relay) => relay.outcome === 'ok') ? 'ok' : 'failed';
  return { outcome, relays: blameTheClock(relays, core) };
}

/** Without one, the sign-in itself says why: the vault does not open. */
async function localPassword(account: string, core: CheckedCore): Promise<string> {
  return core.localPassword(account).catch(() => 'unknown');
}

/** Certificates that fail by their dates alone, across all relays, may be the fault of the clock here. */
function blameTheClock(relays: RelayCheck[], { state, now }: CheckedCore): RelayCheck[] {
  const seen = relays.flatMap(({ relay, account, outcome }): SeenCertificate[] => {
    const row = state.get('relays', relay);
    if (!row) return [];
    if (outcome === 'ok' && row.lastVerified) {
      return [{ server: row.server, certificate: row.lastVerified.certificate, problems: [] }];
    }
    return state
      .all('questions')
      .filter((question) => question.account === account && question.relays.includes(relay))
      .map(({ host: server, certificate, problems }) => ({ server, certificate, problems }));
  });
  const finding = clockFinding(seen, now().getTime());
  if (!finding) return relays;
  const dated: ReadonlySet<string> = new Set([
    'certificate-expired',
    'certificate-not-yet-valid',
    'certificate-turned-bad',
  ]);
  return relays.map((relay) =>
    relay.diagnosis && dated.has(relay.diagnosis.code) ? { ...relay, diagnosis: diagnose(finding) } : relay,
  );
}

async function checkRelay(
  account: string,
  relay: RelayConfiguration,
  credentials: Credentials | null,
  { state, resolve, memory, configuration: { settings } }: CheckedCore,
  progress: (step: CheckStep) => void,
): Promise<RelayCheck> {
  const steps: CheckStep[] = [];
  const place = { server: relay.server, port: relay.port };
  const result = (outcome: 'ok' | 'failed', diagnosis?: Diagnosis): RelayCheck => {
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
      ...(diagnosis === undefined ? {} : { diagnosis }),
    };
  };
  const protection = (): UpstreamProtection | null => state.get('relays', relay.name)?.lastVerified ?? null;
  const note = (step: CheckStep['step'], outcome: CheckStep['outcome'], message: string, since: number) => {
    const entry = { relay: relay.name, step, outcome, message, milliseconds: Math.round(performance.now() - since) };
    steps.push(entry);
    progress(entry);
  };
  const known = (finding: Finding) => diagnose(finding, place);
  /** Our own words about the refusal are better than what a mail program makes of them. */
  const refusal = () => {
    const last = state.get('relays', relay.name)?.lastRefusal;
    return last && refusalsBefore !== state.get('relays', relay.name)?.refusalsTotal ? last : null;
  };
  const diagnosis = async (): Promise<Diagnosis> => {
    const told = refusal()?.diagnosis ?? known({ code: 'server-closed' });
    const closer = await lookCloser(relay, told.code, resolve);
    return closer ? known(closer) : told;
  };

  const refusalsBefore = state.get('relays', relay.name)?.refusalsTotal;
  let since = performance.now();
  const row = state.get('relays', relay.name)?.listeners.find(({ status }) => status.kind === 'listening');
  if (!row) {
    const failed = state.get('relays', relay.name)?.listeners.find(({ status }) => status.kind === 'failed');
    const told = failed?.status.kind === 'failed' ? failed.status.diagnosis : known({ code: 'listening-failed' });
    note('connect', 'failed', told.sentence, since);
    return result('failed', told);
  }
  const listener = { address: row.address, port: row.port };
  const greeting = await hearGreeting(relay.protocol, listener, () => {
    note('connect', 'ok', `Connected to Postern on ${row.address} port ${row.port}.`, since);
    since = performance.now();
  });
  if (greeting.kind !== 'welcome') {
    const step = greeting.kind === 'unreachable' ? 'connect' : 'greeting';
    const found = await diagnosis();
    note(step, 'failed', found.sentence, since);
    return result('failed', found);
  }
  note('greeting', 'ok', `${relay.server} answered.`, since);
  const seen = protection();
  if (seen) note('tls', 'ok', describe(seen), performance.now());

  since = performance.now();
  if (!credentials) {
    note('sign-in', 'skipped', 'Signing in was not tried: no user name and password were given.', since);
    return result('ok');
  }
  // The session has its own deadlines and messages until sign-in is over: allow it that time and some more.
  const { connectTimeoutSeconds, certificateDecisionSeconds } = settings;
  const signInMilliseconds = 1000 * (connectTimeoutSeconds * signInTimesConnectTimeout + certificateDecisionSeconds);
  const over = new AbortController();
  const giveTime = (milliseconds: number) => setTimeout(() => over.abort(new TookTooLong()), milliseconds);
  let timer = giveTime(signInMilliseconds);
  let signedIn = false;
  try {
    for await (const { step, message } of signIns[relay.protocol](listener, credentials, over.signal)) {
      note(step, 'ok', message, since);
      since = performance.now();
      signedIn = true;
      clearTimeout(timer);
      timer = giveTime(1000 * connectTimeoutSeconds);
    }
  } catch (error) {
    if (error instanceof SignInFailed) {
      const finding = error.byServer ? signInFinding(error.reply, relay.server) : null;
      const late = over.signal.aborted && refusal() === null;
      const found = finding ? known(finding) : late ? known({ code: 'server-timeout' }) : await diagnosis();
      note('sign-in', 'failed', found.sentence, since);
      return result('failed', found);
    }
    if (error instanceof MailboxRefused) {
      const found = known(afterwardsFinding(error.reply, relay.server));
      // Sessions do not see this: by then they pass raw bytes through.
      if (found.code === 'id-wanted' && relay.protocol === 'imap') memory.sawNeeds(relay, { id: true });
      note('mailbox', 'failed', found.sentence, since);
      return result('failed', found);
    }
    if (!signedIn) throw error;
    const what = over.signal.aborted ? 'did not answer in time' : 'gave no answer that could be understood, or hung up';
    note(
      steps.some(({ step }) => step === 'mailbox') ? 'sign-out' : 'mailbox',
      'skipped',
      `The sign-in worked; then ${relay.server} ${what}. A mail program may find more.`,
      since,
    );
  } finally {
    clearTimeout(timer);
  }
  return result('ok');
}

/**
 * How long a session may take until sign-in is over, as a multiple of the connect timeout: connecting, and slow
 * answers.
 */
const signInTimesConnectTimeout = 10;

class TookTooLong extends Error {}

function describe({ tlsVersion, cipher, certificate, trust }: UpstreamProtection): string {
  const until = certificate.notAfter.slice(0, 10);
  const who = trust.kind === 'verified' ? 'verified' : 'trusted by you';
  return `Protected by ${tlsName(tlsVersion)} (${cipher}); certificate ${who}, valid until ${until}.`;
}

import { isIPv6 } from 'node:net';
import type { CareMemory } from '../care/memory.ts';
import {
  type CheckStep,
  type Diagnosis,
  diagnose,
  type Finding,
  type RelayCheck,
  type RelayConfiguration,
  type Settings,
  tlsName,
  type UpstreamProtection,
  validity,
} from '../contract/index.ts';
import { afterwardsFinding, signInFinding } from '../diagnosis/sign-in-reply.ts';
import { ourName } from '../dialects/words.ts';
import type { Resolve } from '../net/dial.ts';
import { Refused } from '../net/refused.ts';
import type { StateStore } from '../state/store.ts';
import { hearGreeting, type ListenerPlace } from './greeting.ts';
import { lookCloser } from './look-closer.ts';
import { type Credentials, MailboxRefused, SignInFailed } from './outcome.ts';
import { signIns } from './sign-in.ts';
import { followSteps, type Steps } from './steps.ts';

/**
 * How long a session may take until sign-in is over, as a multiple of the connect timeout: connecting, and slow
 * answers.
 */
const signInTimesConnectTimeout = 10;

/** What the check of a relay uses of the core. */
export interface RelayCheckContext {
  state: StateStore;
  resolve: Resolve;
  /** Reaches the server of a relay without a program: see `Relays.reach`. */
  reach(relay: string, signal: AbortSignal): Promise<UpstreamProtection> | null;
  memory: Pick<CareMemory, 'sawNeeds'>;
  settings: Settings;
}

/** The check of one relay, under way. */
interface Trial extends RelayCheckContext {
  relay: RelayConfiguration;
  steps: Steps;
  /** Says what a finding means for this relay's server. */
  known(finding: Finding): Diagnosis;
  /** The relay's refusals since the check began: our own words are better than what a mail program makes of them. */
  refusal(): Diagnosis | null;
}

/**
 * Signs in through a relay's own listener as a mail program would, and says what was seen.
 *
 * @param credentials null to hear the greeting alone
 */
export async function checkRelay(
  account: string,
  relay: RelayConfiguration,
  credentials: Credentials | null,
  context: RelayCheckContext,
  progress: (step: CheckStep) => void,
): Promise<RelayCheck> {
  const row = () => context.state.get('relays', relay.name);
  const refusalsBefore = row()?.refusalsTotal;
  const trial: Trial = {
    ...context,
    relay,
    steps: followSteps(relay.name, progress),
    known: (finding) => diagnose(finding, { server: relay.server, port: relay.port, protocol: relay.protocol }),
    refusal: () => (row()?.refusalsTotal === refusalsBefore ? null : (row()?.lastRefusal?.diagnosis ?? null)),
  };
  const tried = await tryRelay(trial, credentials);
  const diagnosis = 'code' in tried ? tried : null;
  const seen = 'code' in tried ? null : (tried.protection ?? row()?.lastVerified ?? null);
  return {
    ...{ relay: relay.name, account, protocol: relay.protocol },
    outcome: diagnosis ? 'failed' : 'ok',
    steps: [...trial.steps.done],
    tlsVersion: seen?.tlsVersion ?? null,
    cipher: seen?.cipher ?? null,
    certificateExpires: seen?.certificate.notAfter ?? null,
    trust: seen?.trust.kind ?? null,
    ...(relay.lan && { devices: true as const }),
    ...(diagnosis && { diagnosis }),
  };
}

/** Nothing went wrong. `protection` of what the check itself has seen, where the relay's row does not tell of it. */
type Passed = { protection: UpstreamProtection | null };
const passed: Passed = { protection: null };

/** @returns what went wrong, if something did */
async function tryRelay(trial: Trial, credentials: Credentials | null): Promise<Diagnosis | Passed> {
  const { relay, state, steps, known } = trial;
  const listeners = state.get('relays', relay.name)?.listeners ?? [];
  const open = listeners.find(({ status }) => status.kind === 'listening');
  const failed = listeners.find(({ status }) => status.kind === 'failed');
  // Old mail programs know no IPv6: while another program has the port at 127.0.0.1, they reach that one.
  if (!open || (failed && !isIPv6(failed.address))) {
    const found = failed?.status.kind === 'failed' ? failed.status.diagnosis : known({ code: 'listening-failed' });
    return fail(trial, 'connect', found);
  }
  const place = { address: open.address, port: open.port };
  if (relay.lan) return tryServer(trial, place);
  const refused = await tryGreeting(trial, place);
  if (refused) return refused;
  if (credentials) return (await trySignIn(trial, place, credentials)) ?? passed;
  steps.note('sign-in', 'skipped', 'Signing in was not tried: no user name and password were given.');
  return passed;
}

/** Behind a relay for devices: it turns the programs of this computer away, so the way on from it is tried without one. */
async function tryServer(trial: Trial, { address, port }: ListenerPlace): Promise<Diagnosis | Passed> {
  const { relay, steps, settings, known, reach } = trial;
  steps.note('connect', 'ok', `Postern listens for devices on ${address} port ${port}. None is needed for the rest.`);
  const time = startSignInTime(settings);
  try {
    const protection = await reach(relay.name, time.signal);
    if (!protection) return fail(trial, 'connect', known({ code: 'listening-failed' }));
    steps.note('greeting', 'ok', `${relay.server} answered.`);
    steps.note('tls', 'ok', describe(protection));
    steps.note('sign-in', 'skipped', 'Signing in was not tried: devices do it.');
    return { protection };
  } catch (error) {
    if (error instanceof TookTooLong) return fail(trial, 'greeting', known({ code: 'server-timeout' }));
    if (!(error instanceof Refused)) throw error;
    const closer = await lookCloser(relay, error.finding.code, trial.resolve);
    return fail(trial, 'greeting', known(closer ?? error.finding));
  } finally {
    time.over();
  }
}

async function tryGreeting(trial: Trial, place: ListenerPlace): Promise<Diagnosis | null> {
  const { relay, state, steps } = trial;
  const greeting = await hearGreeting(relay.protocol, place, () =>
    steps.note('connect', 'ok', `Connected to Postern on ${place.address} port ${place.port}.`),
  );
  if (greeting.kind !== 'welcome') {
    return fail(trial, greeting.kind === 'unreachable' ? 'connect' : 'greeting', await whyNot(trial));
  }
  steps.note('greeting', 'ok', `${relay.server} answered.`);
  const seen = state.get('relays', relay.name)?.lastVerified;
  if (seen) steps.note('tls', 'ok', describe(seen));
  return null;
}

async function trySignIn(trial: Trial, place: ListenerPlace, credentials: Credentials): Promise<Diagnosis | null> {
  const { relay, steps, settings } = trial;
  const time = startSignInTime(settings);
  let signedIn = false;
  try {
    for await (const { step, message } of signIns[relay.protocol](place, credentials, time.signal)) {
      steps.note(step, 'ok', message);
      signedIn = true;
      time.signedIn();
    }
    return null;
  } catch (error) {
    if (error instanceof SignInFailed) return fail(trial, 'sign-in', await whySignInFailed(trial, error, time.signal));
    if (error instanceof MailboxRefused) return fail(trial, 'mailbox', whyMailboxRefused(trial, error));
    if (!signedIn) throw error;
    noteSilence(trial, time.signal.aborted);
    return null;
  } finally {
    time.over();
  }
}

/** Notes the step that failed, in the words of its diagnosis. */
function fail({ steps }: Trial, step: CheckStep['step'], found: Diagnosis): Diagnosis {
  steps.note(step, 'failed', found.sentence);
  return found;
}

/** Why the relay did not let us get any further. */
async function whyNot({ relay, resolve, known, refusal }: Trial): Promise<Diagnosis> {
  const told = refusal() ?? known({ code: 'server-closed' });
  const closer = await lookCloser(relay, told.code, resolve);
  return closer ? known(closer) : told;
}

async function whySignInFailed(
  trial: Trial,
  { byServer, reply }: SignInFailed,
  { aborted }: AbortSignal,
): Promise<Diagnosis> {
  const finding = byServer ? signInFinding(reply, trial.relay.server) : null;
  if (finding) return trial.known(finding);
  return aborted && trial.refusal() === null ? trial.known({ code: 'server-timeout' }) : whyNot(trial);
}

function whyMailboxRefused({ relay, memory, known, refusal }: Trial, { reply }: MailboxRefused): Diagnosis {
  // If the words are ours, it is the session's refusal, which has been stated.
  const stated = reply.startsWith(ourName) ? refusal() : null;
  if (stated) return stated;
  const finding = afterwardsFinding(reply, relay);
  // Sessions do not see this: by then they pass raw bytes through.
  if (finding.code === 'id-wanted' && relay.protocol === 'imap') memory.sawNeeds(relay, { id: true });
  return known(finding);
}

/** The sign-in worked, and then the server was not understood: that is said, and is no failure. */
function noteSilence({ relay, steps }: Trial, late: boolean): void {
  const what = late ? 'did not answer in time' : 'gave no answer that could be understood, or hung up';
  const step = steps.done.some((each) => each.step === 'mailbox') ? 'sign-out' : 'mailbox';
  steps.note(step, 'skipped', `The sign-in worked; then ${relay.server} ${what}. A mail program may find more.`);
}

class TookTooLong extends Error {}

/**
 * The time that a sign-in gets. Until it is over, the session has its own deadlines and messages: it gets theirs and some more;
 * after that, what one answer may take.
 */
function startSignInTime({ connectTimeoutSeconds, certificateDecisionSeconds }: Settings) {
  const ended = new AbortController();
  const give = (seconds: number) => setTimeout(() => ended.abort(new TookTooLong()), 1000 * seconds);
  let timer = give(connectTimeoutSeconds * signInTimesConnectTimeout + certificateDecisionSeconds);
  return {
    signal: ended.signal,
    signedIn() {
      clearTimeout(timer);
      timer = give(connectTimeoutSeconds);
    },
    over: () => clearTimeout(timer),
  };
}

function describe({ tlsVersion, cipher, certificate, trust }: UpstreamProtection): string {
  const who = trust.kind === 'verified' ? 'verified' : 'trusted by you';
  return `Protected by ${tlsName(tlsVersion)} (${cipher}); certificate ${who}, ${validity(certificate.notAfter)}.`;
}

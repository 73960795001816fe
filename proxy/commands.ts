import { createAccountCommands } from './account-commands.ts';
import { createAuthorityCommands } from './authority-commands.ts';
import type { CareMemory } from './care/memory.ts';
import { type ConfiguringContext, createConfiguring, type Turn } from './configuring.ts';
import { createConsentCommands } from './consent-commands.ts';
import {
  type CertificateDecision,
  type CommandInput,
  type CommandName,
  type CommandOutputs,
  type Configuration,
  listenPlaces,
  type Progress,
} from './contract/index.ts';
import { allowDevice, forgetDevice } from './device-commands.ts';
import type { NameTrials } from './discovery/name-trial.ts';
import type { Searches } from './discovery/searches.ts';
import type { SignIns } from './gate/sign-ins.ts';
import { createImportCommands } from './import-commands.ts';
import type { Resolve } from './net/dial.ts';
import { freePorts } from './net/free-ports.ts';
import type { Consents } from './oauth/consents.ts';
import type { PracticeTerm } from './practice/practice-term.ts';
import { renameServer } from './rename-server.ts';
import type { Relays } from './session/relays.ts';
import { clearStaleRefusals, forgetRejection, settleRefusals } from './stale-refusals.ts';
import { CommandFailed } from './state/command-failed.ts';
import type { StateStore } from './state/store.ts';
import type { TrustDesk } from './trust/decisions/trust-desk.ts';
import type { Vault } from './vault/vault.ts';
import type { Withdrawals } from './withdrawals.ts';

/** Runs a command. Rejects with `CommandFailed` for expected failures. */
export type Commands = {
  [C in CommandName]: (input: CommandInput<C>, progress?: (step: Progress<C>) => void) => Promise<CommandOutputs[C]>;
};

/** What the commands act on. */
export interface CommandsContext extends Omit<ConfiguringContext, 'practice'> {
  desk: TrustDesk;
  memory: CareMemory;
  searches: Searches;
  nameTrials: NameTrials;
  practice: PracticeTerm;
  consents: Consents;
  withdrawals: Withdrawals;
  vault: Vault;
  signIns: SignIns;
  /** Whether the person has asked that no connections be made. */
  paused(): boolean;
  version: string;
  resolve: Resolve;
  reach: Relays['reach'];
  now: () => Date;
  /** The certificate that devices are shown, in PEM; null where there is none. */
  localCertificate(): string | null;
  /** This computer may be on a different network now. */
  networkChanged(): void;
  requestStop(): void;
}

/**
 * What people, scripts and the window can ask of the core. Inputs are checked where they arrive. The code of rare
 * commands is loaded on demand.
 */
export function createCommands(context: CommandsContext): Commands {
  const { state, desk, searches, practice, dataDirectory, configuration } = context;
  const configuring = createConfiguring(context);
  const { inTurn, change } = configuring;

  const consentCommands = createConsentCommands(context.consents, configuration, context.paused);
  const accountCommands = createAccountCommands({
    ...{ vault: context.vault, signIns: context.signIns, configuration, change },
    withdrawn: context.withdrawals.outcome,
    signOutByConsent: consentCommands.signOut,
  });

  function pause(paused: boolean): null {
    state.patch('core', 'core', { paused });
    return null;
  }

  async function decided<Row extends CertificateDecision>(decision: Promise<Row>): Promise<Row> {
    const row = await decision;
    settleRefusals(state, row);
    return row;
  }

  const choosePorts = (protocols: Parameters<typeof freePorts>[0]) =>
    freePorts(protocols, configuredPorts(configuration()));

  return {
    approve: ({ id, remember }) => decided(desk.approve(id, remember)),
    reject: ({ id }) => decided(desk.reject(id)),
    async forget({ id }) {
      const gone = state.get('decisions', id) ?? state.get('servers', id) ?? state.get('questions', id);
      // Where it could not be saved, it is in force all the same.
      const forgotten = await desk.forget(id).finally(() => forgetRejection(state, id));
      return { forgotten, ...(gone && { host: gone.host, port: gone.port }) };
    },
    renameServer: (input) => inTurn((turn) => renameServer(input, turn, state, context.nameTrials)),
    allowDevice: (input) => allowDevice(input, state, configuration(), change),
    forgetDevice: (input) => forgetDevice(input, configuration(), change),
    async localCertificate() {
      const pem = context.localCertificate();
      const row = state.get('core', 'core')?.localCertificate;
      if (pem !== null && row) return { ...row, pem };
      throw new CommandFailed(
        'not-found',
        'There is no certificate for devices: no relay serves any ("lan") over TLS ("localTls").',
      );
    },
    pause: async () => pause(true),
    resume: async () => pause(false),
    configuration: async () => configuration(),
    async configure({ configuration: next }) {
      await inTurn((turn) => turn.save(next));
      return null;
    },
    discover: (input, progress) => searches.run(input, progress),
    async cancelDiscovery({ search }) {
      searches.cancel(search);
      return null;
    },
    addAccount: (input) =>
      inTurn(async (turn) => {
        turn.refuseWhereFixed();
        const { planAccount } = await import('./discovery/account.ts');
        const { accounts } = turn.current;
        const account = await planAccount(input, accounts, choosePorts);
        await turn.save({ ...turn.current, accounts: [...accounts, account] });
        return { account };
      }),
    async check(input, progress) {
      const { check } = await import('./check/check.ts');
      const localPassword = async (account: string) => (await accountCommands.localPassword({ account })).password;
      const { resolve, reach, memory, now } = context;
      const core = { state, configuration: configuration(), resolve, reach, memory, localPassword, now };
      return check(input, core, progress);
    },
    async startPractice() {
      await inTurn((turn) => startPractice(turn, practice, state));
      return null;
    },
    ...createAuthorityCommands(configuring, dataDirectory),
    freePorts: async ({ protocols }) => ({ ports: await choosePorts(protocols) }),
    async networkChanged() {
      context.networkChanged();
      clearStaleRefusals(state);
      return null;
    },
    async diagnostics() {
      const { collectDiagnostics } = await import('./diagnostics/bundle.ts');
      const { version, now } = context;
      return collectDiagnostics({ state, configuration: configuration(), dataDirectory, version, now });
    },
    ...consentCommands,
    ...accountCommands,
    ...createImportCommands({ configuration: context.configuration, change }),
    async stop() {
      context.requestStop();
      return null;
    },
  };
}

/** @throws CommandFailed where there is an account already */
async function startPractice(turn: Turn, practice: PracticeTerm, state: StateStore): Promise<void> {
  turn.refuseWhereFixed();
  const configuration = turn.current;
  if (!practice.running && configuration.accounts.length > 0) {
    throw new CommandFailed('failed', 'There is an account already; the practice account is for a start without one.');
  }
  await turn.apply({ ...configuration, accounts: [await practice.begin()] });
  // Between finding free ports and listening on them, another program may have taken one.
  const failed = state.all('relays').some(({ listeners }) => listeners.some(({ status }) => status.kind === 'failed'));
  const elsewhere = failed ? practice.anywhere() : null;
  if (elsewhere) await turn.apply({ ...configuration, accounts: [elsewhere] });
}

function configuredPorts(configuration: Configuration): Set<number> {
  const places = configuration.accounts.flatMap(({ relays }) => relays.flatMap(listenPlaces));
  return new Set(places.map(({ port }) => port));
}

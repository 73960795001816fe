import { isDeepStrictEqual } from 'node:util';
import { createAccountCommands } from './account-commands.ts';
import type { CareMemory } from './care/memory.ts';
import { ConfigurationError } from './config/configuration-error.ts';
import { readConfiguration } from './config/load.ts';
import type { OwnFile } from './config/own-file.ts';
import { saveConfiguration } from './config/save.ts';
import { createConsentCommands } from './consent-commands.ts';
import {
  type CertificateDecision,
  type CertificateQuestion,
  type CommandInput,
  type CommandName,
  type CommandOutputs,
  type Configuration,
  canonicalServer,
  changedByHandWords,
  fixedConfigurationWords,
  isSameServer,
  listenPlaces,
  otherNames,
  type Progress,
} from './contract/index.ts';
import { allowDevice } from './device-commands.ts';
import type { NameTrials } from './discovery/name-trial.ts';
import type { Searches } from './discovery/searches.ts';
import type { SignIns } from './gate/sign-ins.ts';
import type { Resolve } from './net/dial.ts';
import { freePorts } from './net/free-ports.ts';
import type { Consents } from './oauth/consents.ts';
import type { PracticeTerm } from './practice/practice-term.ts';
import { clearStaleRefusals, settleRefusals } from './stale-refusals.ts';
import { CommandFailed } from './state/command-failed.ts';
import { createTurns } from './state/in-turn.ts';
import type { StateStore } from './state/store.ts';
import type { TrustDesk } from './trust/decisions/trust-desk.ts';
import type { Vault } from './vault/vault.ts';
import type { Withdrawals } from './withdrawals.ts';

/** Runs a command. Rejects with `CommandFailed` for expected failures. */
export type Commands = {
  [C in CommandName]: (input: CommandInput<C>, progress?: (step: Progress<C>) => void) => Promise<CommandOutputs[C]>;
};

/** What commands act on. */
export interface CommandsContext {
  state: StateStore;
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
  dataDirectory: string;
  /** The configuration's, as Postern knows it. */
  ownFile: OwnFile;
  version: string;
  resolve: Resolve;
  now: () => Date;
  /** The configuration in force. */
  configuration(): Configuration;
  /** Applies another one without saving it. */
  apply(next: Configuration): Promise<void>;
  /** This computer may be on a different network now. */
  networkChanged(): void;
  requestStop(): void;
}

/** What people, scripts and the window can ask of the core. Inputs are checked where they arrive. */
export function createCommands(context: CommandsContext): Commands {
  const { state, desk, memory, searches, nameTrials, practice, dataDirectory, version, resolve, now, apply } = context;
  const { ownFile } = context;

  /** Configuration changes run one at a time: each builds on the result of the one before. */
  const inTurn = createTurns();

  /** @throws CommandFailed where somebody else manages the configuration */
  function refuseWhereFixed(): void {
    const file = state.get('core', 'core')?.fixedConfiguration;
    if (file === undefined) return;
    throw new CommandFailed('failed', fixedConfigurationWords(file));
  }

  /** Somebody's work must not be lost. @throws ConfigurationError what is wrong with it, or CommandFailed */
  async function refuseWhereChanged(): Promise<void> {
    if (!(await ownFile.isChanged())) return;
    await readConfiguration(ownFile.path);
    throw new CommandFailed('failed', changedByHandWords(ownFile.path));
  }

  /** Saves a configuration and applies it. @throws CommandFailed; the old one then stays in force */
  async function configure(next: Configuration): Promise<void> {
    refuseWhereFixed();
    // The program to run is set only in the file: whoever has the window must not choose it.
    if (!isDeepStrictEqual(next.notify, context.configuration().notify)) {
      throw new CommandFailed('bad-input', 'How you are told ("notify") is changed in config.json alone, by hand.');
    }
    const { lasting, practising } = practice.separate(next);
    try {
      await refuseWhereChanged();
      const saved = await saveConfiguration(dataDirectory, lasting);
      await ownFile.take();
      await apply(practising ? { ...saved, accounts: [practising] } : saved);
      if (!practising) await practice.end();
    } catch (error) {
      if (error instanceof CommandFailed) throw error;
      if (error instanceof ConfigurationError) throw new CommandFailed('bad-input', error.message, { cause: error });
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      throw new CommandFailed('failed', `The configuration could not be saved (${code}).`, { cause: error });
    }
  }

  const change = (make: (configuration: Configuration) => Configuration) =>
    inTurn(() => configure(make(context.configuration())));

  /** Changes the server's name in the account of a question, once it is verified. @throws CommandFailed */
  async function renameServer({ id, name }: CommandInput<'renameServer'>): Promise<CommandOutputs['renameServer']> {
    refuseWhereFixed();
    const question = state.get('questions', id);
    if (!question) throw new CommandFailed('not-pending', 'No question with this id is waiting for a decision.');
    const { account, host } = question;
    const to = nameFor(question, name);
    const configuration = context.configuration();
    const relays = configuration.accounts.find((each) => each.name === account)?.relays ?? [];
    // A server that proved itself under the old name keeps it.
    const proved = (relay: (typeof relays)[number]) => state.all('servers').some((row) => isSameServer(relay, row));
    const former = relays.filter(({ server }) => canonicalServer(server) === canonicalServer(host));
    const concerned = former.filter((relay) => !proved(relay));
    if (concerned.length === 0)
      throw new CommandFailed('not-offered', `No relay of this account uses ${host} any more.`);
    const renamed = await nameTrials.run(concerned, to);
    const next = new Map(renamed.map((relay) => [relay.name, relay]));
    await configure({
      ...configuration,
      accounts: configuration.accounts.map((each) =>
        each.name === account ? { ...each, relays: relays.map((relay) => next.get(relay.name) ?? relay) } : each,
      ),
    });
    return { account, from: host, to, relays: [...next.keys()] };
  }

  async function practise(): Promise<void> {
    refuseWhereFixed();
    const configuration = context.configuration();
    if (!practice.running && configuration.accounts.length > 0) {
      throw new CommandFailed(
        'failed',
        'There is an account already; the practice account is for a start without one.',
      );
    }
    await apply({ ...configuration, accounts: [await practice.begin()] });
    // Between finding free ports and listening on them, another program may have taken one.
    const failed = state
      .all('relays')
      .some(({ listeners }) => listeners.some(({ status }) => status.kind === 'failed'));
    const elsewhere = failed ? practice.anywhere() : null;
    if (elsewhere) await apply({ ...configuration, accounts: [elsewhere] });
  }

  const consentCommands = createConsentCommands(context.consents, context.configuration, context.paused);
  const accountCommands = createAccountCommands({
    vault: context.vault,
    signIns: context.signIns,
    configuration: context.configuration,
    change,
    withdrawn: context.withdrawals.outcome,
    signOutByConsent: consentCommands.signOut,
  });

  async function decided(decision: Promise<CertificateDecision>): Promise<CertificateDecision> {
    const row = await decision;
    settleRefusals(state, row);
    return row;
  }

  return {
    approve: ({ id, remember }) => decided(desk.approve(id, remember)),
    reject: ({ id }) => decided(desk.reject(id)),
    forget: async ({ id }) => ({ forgotten: await desk.forget(id) }),
    renameServer: (input) => inTurn(() => renameServer(input)),
    allowDevice: (input) => allowDevice(input, state, change),
    async pause() {
      state.patch('core', 'core', { paused: true });
      return null;
    },
    async resume() {
      state.patch('core', 'core', { paused: false });
      return null;
    },
    configuration: async () => context.configuration(),
    async configure({ configuration: next }) {
      await inTurn(() => configure(next));
      return null;
    },
    discover: (input, progress) => searches.run(input, progress),
    async cancelDiscovery({ search }) {
      searches.cancel(search);
      return null;
    },
    addAccount: (input) =>
      inTurn(async () => {
        refuseWhereFixed();
        const { planAccount } = await import('./discovery/account.ts');
        const configuration = context.configuration();
        const { accounts } = configuration;
        const account = await planAccount(input, accounts, (kinds) => freePorts(kinds, configuredPorts(configuration)));
        await configure({ ...configuration, accounts: [...accounts, account] });
        return { account };
      }),
    async check(input, progress) {
      const { check } = await import('./check/check.ts');
      const localPassword = async (account: string) => (await accountCommands.localPassword({ account })).password;
      const configuration = context.configuration();
      return check(input, { state, configuration, resolve, memory, localPassword, now }, progress);
    },
    async startPractice() {
      await inTurn(practise);
      return null;
    },
    async readAuthority({ pem }) {
      const { readAuthority } = await import('./config/authorities.ts');
      return { certificates: readAuthority(pem) };
    },
    async addAuthority({ pem }) {
      const { addAuthority } = await import('./config/authorities.ts');
      await inTurn(async () => {
        refuseWhereFixed();
        const { next, undo } = await addAuthority(context.configuration(), dataDirectory, pem);
        await configure(next).catch(async (error: unknown) => {
          await undo();
          throw error;
        });
      });
      return null;
    },
    async removeAuthority({ file }) {
      const { removeAuthority } = await import('./config/authorities.ts');
      await inTurn(async () => {
        const { next, tidy } = removeAuthority(context.configuration(), dataDirectory, file);
        await configure(next);
        await tidy();
      });
      return null;
    },
    async authorities() {
      const { listAuthorities } = await import('./config/authorities.ts');
      return { authorities: await listAuthorities(context.configuration(), dataDirectory) };
    },
    freePorts: async ({ protocols }) => ({
      ports: await freePorts(protocols, configuredPorts(context.configuration())),
    }),
    async networkChanged() {
      context.networkChanged();
      clearStaleRefusals(state);
      return null;
    },
    async diagnostics() {
      const { collectDiagnostics } = await import('./diagnostics/bundle.ts');
      return collectDiagnostics({ state, configuration: context.configuration(), dataDirectory, version, now });
    },
    ...consentCommands,
    ...accountCommands,
    async stop() {
      context.requestStop();
      return null;
    },
  };
}

function configuredPorts(configuration: Configuration): Set<number> {
  const places = configuration.accounts.flatMap(({ relays }) => relays.flatMap(listenPlaces));
  return new Set(places.map(({ port }) => port));
}

/** The name to use. @throws CommandFailed `not-offered` when the certificate does not offer it */
function nameFor(question: CertificateQuestion, wanted: string | undefined): string {
  const names = otherNames(question);
  const [likeliest] = names;
  if (likeliest === undefined) {
    throw new CommandFailed(
      'not-offered',
      'There is no other name to use: that takes a server that is new, and a certificate that is in order but for its name, with a whole name in it.',
    );
  }
  if (wanted === undefined) return likeliest;
  const name = names.find((each) => each === wanted.toLowerCase());
  if (name === undefined) {
    throw new CommandFailed('not-offered', `The certificate offers no such name. It offers ${names.join(', ')}.`);
  }
  return name;
}

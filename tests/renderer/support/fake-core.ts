import {
  type CheckReport,
  type CheckStep,
  type CommandInput,
  type CommandName,
  type CommandResult,
  type Configuration,
  type CoreMessage,
  type CoreRow,
  commandInputs,
  type ImportReport,
  otherNames,
  ownSignIn,
  type PosternApi,
  type Progress,
} from '../../../proxy/contract/index.ts';
import type { StateStore } from '../../../proxy/state/store.ts';
import { createFakeDiscovery, type FakeDiscovery } from './fake-discovery.ts';
import { companyRoot, ordinaryConfiguration, practice, practiceAccount, relayRow } from './fake-state.ts';

/** A core that only keeps a state and answers commands as the real one does. */
export interface FakeCore extends PosternApi {
  store: StateStore;
  configuration(): Configuration;
  /** Every command that arrived, in order. */
  commands: { name: CommandName; input: unknown }[];
  /** Sends a message to every window: that the core is restarting, for example. */
  say(message: CoreMessage): void;
  /** Makes the next command of this name fail with this message. */
  failNext(name: CommandName, message: string): void;
  /** Controls the search for an address's servers. */
  discovery: FakeDiscovery;
}

export function createFakeCore(store: StateStore, initial: Configuration = ordinaryConfiguration): FakeCore {
  let configuration = initial;
  const listeners = new Set<(message: CoreMessage) => void>();
  const failures = new Map<CommandName, string>();
  const commands: FakeCore['commands'] = [];
  const discovery = createFakeDiscovery();
  store.subscribe((change) => say({ kind: 'changes', changes: [change] }));

  function say(message: CoreMessage): void {
    for (const listener of listeners) listener(message);
  }

  function decide(id: string, decision: 'reject' | 'once' | 'always') {
    const question = store.get('questions', id);
    if (!question) return failed('not-pending', 'No question of this id waits.');
    if (!question.offers.includes(decision)) return failed('not-offered', 'This decision is not on offer.');
    const { account, host, port, problems, certificate } = question;
    const row = { id, account, host, port, decision, problems, certificate, decidedAt: new Date().toISOString() };
    store.remove('questions', id);
    store.set('decisions', id, row);
    return { ok: true, value: row };
  }

  function configure(next: Configuration): void {
    for (const row of store.all('relays')) store.remove('relays', row.name);
    for (const account of next.accounts) {
      for (const relay of account.relays) store.set('relays', relay.name, relayRow(account.name, relay));
    }
    const { practice, ...core } = store.get('core', 'core') ?? {};
    const ended = practice && !next.accounts.some(({ name }) => name === practice.account);
    if (ended) store.set('core', 'core', core as CoreRow);
    configuration = next;
  }

  function forget(id: string) {
    const table = (['decisions', 'servers', 'questions'] as const).find((each) => store.get(each, id));
    if (!table) return failed('not-found', 'Nothing of this id is remembered.');
    store.remove(table, id);
    return { ok: true, value: { forgotten: table.slice(0, -1) as 'decision' | 'server' | 'question' } };
  }

  async function run(name: CommandName, given: unknown, progress?: (step: unknown) => void): Promise<unknown> {
    const checked = commandInputs[name].safeParse(given);
    if (!checked.success) return failed('bad-input', checked.error.issues.map((issue) => issue.message).join(' '));
    const failure = failures.get(name);
    failures.delete(name);
    if (failure !== undefined) return failed('failed', failure);
    const input = checked.data as never;
    switch (name) {
      case 'approve': {
        const { id, remember } = input as CommandInput<'approve'>;
        return decide(id, remember);
      }
      case 'reject':
        return decide((input as CommandInput<'reject'>).id, 'reject');
      case 'forget':
        return forget((input as CommandInput<'forget'>).id);
      case 'renameServer': {
        const { id, name: wanted } = input as CommandInput<'renameServer'>;
        const question = store.get('questions', id);
        if (!question) return failed('not-pending', 'No question of this id waits.');
        store.remove('questions', id);
        const { account, host, relays } = question;
        return { ok: true, value: { account, from: host, to: wanted ?? otherNames(question)[0], relays } };
      }
      case 'allowDevice': {
        const { relay, address } = input as CommandInput<'allowDevice'>;
        const row = store.get('relays', relay);
        const devices = row?.devices ?? [];
        if (!row || !devices.some((device) => device.address === address))
          return failed('not-pending', 'No device with this address has knocked.');
        const allowed = devices.map((device) => (device.address === address ? { ...device, listed: true } : device));
        store.patch('relays', relay, { devices: allowed });
        return { ok: true, value: { account: row.account, relay, address } };
      }
      case 'forgetDevice':
        return failed('not-found', 'No relay allows it.');
      case 'localCertificate': {
        const row = store.get('core', 'core')?.localCertificate;
        if (!row) return failed('not-found', 'There is no certificate for devices.');
        return { ok: true, value: { ...row, pem: '-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n' } };
      }
      case 'pause':
      case 'resume':
        store.patch('core', 'core', { paused: name === 'pause' });
        return { ok: true, value: null };
      case 'configuration':
        return { ok: true, value: configuration };
      case 'configure':
        configure((input as CommandInput<'configure'>).configuration);
        return { ok: true, value: null };
      case 'freePorts': {
        const { protocols } = input as CommandInput<'freePorts'>;
        const base = { imap: 1143, pop3: 1110, smtp: 1587, nntp: 1119, ldap: 1389 };
        return {
          ok: true,
          value: { ports: protocols.map((protocol, at) => ({ protocol, port: base[protocol] + 50 + at })) },
        };
      }
      case 'diagnostics':
        return { ok: true, value: { name: 'postern-diagnostics.zip', contents: ['README.txt'], zip: btoa('PK') } };
      case 'check':
        return { ok: true, value: await check(configuration, input as CommandInput<'check'>, progress) };
      case 'discover':
        return discovery.run(input as CommandInput<'discover'>, progress);
      case 'cancelDiscovery':
        discovery.cancel();
        return { ok: true, value: null };
      case 'addAccount': {
        const { name: account, servers } = input as CommandInput<'addAccount'>;
        const relays = servers.map((server, at) => ({
          ...server,
          name: `${account}-${server.protocol}`,
          listen: `127.0.0.1:${1200 + at}`,
        }));
        configure({ ...configuration, accounts: [...configuration.accounts, { name: account, relays }] });
        return { ok: true, value: { account: { name: account, relays } } };
      }
      case 'readImport':
        return imported(input as CommandInput<'readImport'>);
      case 'addImport': {
        const read = imported(input as CommandInput<'addImport'>);
        if (!read.ok) return read;
        configure({ ...configuration, accounts: [...configuration.accounts, ...read.value.added] });
        return { ok: true, value: { report: read.value, configuration } };
      }
      case 'startPractice': {
        configure({ ...configuration, accounts: [practiceAccount] });
        store.patch('core', 'core', { practice });
        return { ok: true, value: null };
      }
      case 'readAuthority':
        return (input as CommandInput<'readAuthority'>).pem.includes('BEGIN CERTIFICATE')
          ? { ok: true, value: { certificates: [companyRoot] } }
          : failed('bad-input', 'Expected a certificate in PEM form, found none in that file.');
      case 'addAuthority':
      case 'removeAuthority':
        configure({ ...configuration, certificateAuthorities: name === 'addAuthority' ? ['authority-1.pem'] : [] });
        return { ok: true, value: null };
      case 'authorities': {
        const { certificateAuthorities } = configuration;
        const authorities = certificateAuthorities.map((file) => ({ file, certificates: [companyRoot] }));
        return { ok: true, value: { authorities } };
      }
      case 'signIn': {
        const { account } = input as CommandInput<'signIn'>;
        progress?.({ event: 'open', url: 'https://issuer.example/authorize?state=x' });
        const signIn = configuration.accounts.find(({ name }) => name === account)?.signIn;
        return { ok: true, value: { user: signIn?.kind === 'oauth' ? signIn.user : '' } };
      }
      case 'signOut': {
        const { account } = input as CommandInput<'signOut'>;
        const row = store.get('accounts', account);
        const reason = row?.signIn.kind === 'oauth' ? 'consent-missing' : 'password-missing';
        const needed = { reason, since: new Date().toISOString() } as const;
        if (row) store.set('accounts', account, { ...row, signIn: { ...row.signIn, needed } });
        return { ok: true, value: { outcome: reason === 'consent-missing' ? 'revoked' : 'forgotten' } };
      }
      case 'localPassword':
        return { ok: true, value: { password: 'acdefhjkmnprtwxy' } };
      case 'storePassword': {
        const row = store.get('accounts', (input as CommandInput<'storePassword'>).account);
        if (row) store.set('accounts', row.name, { ...row, signIn: { kind: row.signIn.kind, user: row.signIn.user } });
        return { ok: true, value: null };
      }
      case 'renameAccount':
      case 'removeAccount': {
        const { account, to } = input as CommandInput<'renameAccount'>;
        const accounts = configuration.accounts.flatMap((each) =>
          each.name !== account ? [each] : name === 'removeAccount' ? [] : [{ ...each, name: to }],
        );
        configure({ ...configuration, accounts });
        return { ok: true, value: name === 'removeAccount' ? { consent: null } : null };
      }
      case 'cancelSignIn':
      case 'networkChanged':
      case 'stop':
        return { ok: true, value: null };
    }
  }

  return {
    store,
    configuration: () => configuration,
    discovery,
    commands,
    say,
    failNext: (name, message) => failures.set(name, message),
    subscribe(listener) {
      listener({ kind: 'snapshot', snapshot: store.snapshot() });
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async command<C extends CommandName>(name: C, input: CommandInput<C>, progress?: (step: Progress<C>) => void) {
      commands.push({ name, input });
      return (await run(name, input, progress as (step: unknown) => void)) as CommandResult<C>;
    },
  };
}

function failed(code: string, message: string) {
  return { ok: false, failure: { code, message } };
}

/** A file of two lines: the account's name, and its server. */
function imported({ text, file }: CommandInput<'readImport'>) {
  const [name = '', server] = text.split('\n');
  if (server === undefined) {
    const neither = 'expected a client configuration of stunnel or of Email OAuth 2.0 Proxy, found neither';
    return { ok: false as const, failure: { code: 'bad-input', message: `${file}: ${neither}` } };
  }
  const relay = {
    name: `${name}-imap`,
    protocol: 'imap',
    listen: '127.0.0.1:1993',
    server,
    port: 993,
    tls: 'implicit',
  } as const;
  const value: ImportReport = {
    program: 'stunnel',
    added: server === '' ? [] : [{ name, relays: [relay] }],
    certificateAuthorities: server === '' ? [] : ['/etc/stunnel/company.pem'],
    notes: [{ place: '[imap] verify', message: `not carried: ${name}` }],
  };
  return { ok: true as const, value };
}

async function check(
  configuration: Configuration,
  input: CommandInput<'check'>,
  progress?: (step: CheckStep) => void,
): Promise<CheckReport> {
  const accounts = configuration.accounts.filter(({ name }) => input.account === undefined || name === input.account);
  const relays = accounts.flatMap((account) =>
    account.relays.map((relay) => ({ account: account.name, own: ownSignIn(account) !== null, ...relay })),
  );
  const report: CheckReport = { outcome: 'ok', relays: [] };
  for (const relay of relays) {
    const signsIn = relay.own || input.user !== undefined;
    const steps: CheckStep[] = [
      { relay: relay.name, step: 'connect', outcome: 'ok', message: `Connected to ${relay.listen}.`, milliseconds: 3 },
      {
        relay: relay.name,
        step: 'tls',
        outcome: 'ok',
        message: 'TLS 1.3, and the server proved who it is.',
        milliseconds: 84,
      },
      { relay: relay.name, step: 'greeting', outcome: 'ok', message: `${relay.server} is ready.`, milliseconds: 31 },
      {
        relay: relay.name,
        step: 'sign-in',
        outcome: signsIn ? 'ok' : 'skipped',
        message: signsIn ? 'The server accepted the password.' : 'No user name was given.',
        milliseconds: signsIn ? 112 : 0,
      },
      { relay: relay.name, step: 'sign-out', outcome: 'ok', message: 'The server said goodbye.', milliseconds: 20 },
    ];
    for (const step of steps) {
      progress?.(step);
      await new Promise((resolve) => setImmediate(resolve));
    }
    report.relays.push({
      relay: relay.name,
      account: relay.account,
      protocol: relay.protocol,
      outcome: 'ok',
      steps,
      tlsVersion: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      certificateExpires: null,
      trust: 'verified',
    });
  }
  return report;
}

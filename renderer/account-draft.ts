import {
  type AccountConfiguration,
  type Configuration,
  canonicalServer,
  configurationSchema,
  listensHereOnly,
  parseListen,
  relayNames,
} from '../proxy/contract/index.ts';
import { listenOf, type RelayDraft, type RelayField, relayDraftOf, relayOf } from './relay-draft.ts';
import {
  lacksClientId,
  noSignIn,
  type SignInDraft,
  type SignInField,
  signInDraftOf,
  signInOf,
} from './sign-in-draft.ts';

/** An account as the form holds it. */
export interface AccountDraft {
  name: string;
  /** The mail program's own unless given. */
  signIn?: SignInDraft;
  relays: RelayDraft[];
}

/** `name` of the account, a field of how it signs in, or one of the relay with this key. */
export type FieldId = 'name' | 'relays' | `signIn.${SignInField}` | `${number}.${RelayField}`;
/** `taken`: another account or relay has this value. */
export type Fault = 'missing' | 'taken' | 'wrong';

export function draftOf(account: AccountConfiguration): AccountDraft {
  return {
    name: account.name,
    ...(account.signIn && { signIn: signInDraftOf(account.signIn) }),
    relays: account.relays.map(relayDraftOf),
  };
}

/** Gives every relay that the person has not named a unique name derived from the account's. */
export function withNames(draft: AccountDraft, others: readonly AccountConfiguration[]): AccountDraft {
  const used = new Set(others.flatMap((account) => account.relays.map((relay) => relay.name)));
  for (const relay of draft.relays) if (relay.named) used.add(relay.name);
  const nameOf = relayNames(draft.name, used);
  const relays = draft.relays.map((relay) => (relay.named ? relay : { ...relay, name: nameOf(relay.protocol) }));
  return { ...draft, relays };
}

/** The draft in the configuration's own form. Anything that is not a number or an address is passed through as it is, for the check to reject. */
function accountOf(draft: AccountDraft): unknown {
  const { kind } = draft.signIn ?? noSignIn;
  return {
    name: draft.name.trim(),
    ...(draft.signIn && { signIn: signInOf(draft.signIn) }),
    relays: draft.relays.map((relay) => relayOf(relay, kind !== 'pass-through')),
  };
}

/** For a valid draft, the configuration with it; otherwise what is wrong, field by field. */
export type DraftCheck = { ok: true; configuration: Configuration } | { ok: false; faults: Map<FieldId, Fault> };

/**
 * Checks a draft by the contract's own schema, among the other accounts.
 *
 * @param original the account's name in the configuration; null for a new one
 */
export function checkDraft(configuration: Configuration, original: string | null, draft: AccountDraft): DraftCheck {
  const index = configuration.accounts.findIndex((account) => account.name === original);
  const others = configuration.accounts.filter((_, at) => at !== index);
  // Checked after the others: of two that clash, the schema names the later one.
  const check = (checked: AccountDraft) =>
    configurationSchema.safeParse({ ...configuration, accounts: [...others, accountOf(checked)] });
  const faults = new Map<FieldId, Fault>();
  const collect = (issues: readonly { code?: string; path: readonly PropertyKey[] }[]) => {
    for (const issue of issues) {
      if (issue.path[0] !== 'accounts' || issue.path[1] !== others.length) continue;
      const field = fieldOf(draft, issue.path.slice(2));
      if (field && !faults.has(field)) faults.set(field, faultOf(draft, field, issue.code === 'custom'));
    }
  };
  if (draft.relays.length === 0) faults.set('relays', 'missing');
  if (draft.signIn && lacksClientId(draft.signIn)) faults.set('signIn.clientId', 'missing');
  const checked = check(draft);
  collect(checked.error?.issues ?? []);
  // The schema looks for clashes only once every value is valid on its own; someone typing wants to be told of both.
  if (faults.size > 0) collect(check(mended(draft, faults)).error?.issues ?? []);
  if (!checked.success || faults.size > 0) return { ok: false, faults };
  const accounts = [...configuration.accounts];
  const account = checked.data.accounts[others.length] as AccountConfiguration;
  accounts.splice(index === -1 ? accounts.length : index, index === -1 ? 0 : 1, account);
  return { ok: true, configuration: { ...checked.data, accounts } };
}

/** The draft with every faulty value replaced by a valid one that clashes with nothing. */
function mended(draft: AccountDraft, faults: ReadonlyMap<FieldId, Fault>): AccountDraft {
  const sound = { server: 'mail.invalid', port: '1', listenPort: '0', listenAddress: '127.0.0.1' };
  const relays = draft.relays.map((relay) => {
    const faulty = (field: RelayField) => faults.has(`${relay.key}.${field}`);
    return {
      ...relay,
      name: faulty('name') ? crypto.randomUUID() : relay.name,
      server: faulty('server') ? sound.server : relay.server,
      port: faulty('port') ? sound.port : relay.port,
      listenPort: faulty('listenPort') ? sound.listenPort : relay.listenPort,
      listenAddress: faulty('listenAddress') ? sound.listenAddress : relay.listenAddress,
      address: faulty('address') ? '' : relay.address,
      ...((faulty('certificate') || faulty('clientKey')) && { certificate: '', clientKey: '' }),
    };
  });
  const isSound = !(['user', 'provider', 'issuer', 'clientId'] as const).some((field) => faults.has(`signIn.${field}`));
  return {
    name: faults.has('name') ? crypto.randomUUID() : draft.name,
    ...(draft.signIn && isSound && { signIn: draft.signIn }),
    relays,
  };
}

function fieldOf(draft: AccountDraft, path: readonly PropertyKey[]): FieldId | null {
  if (path[0] === 'name') return 'name';
  if (path[0] === 'signIn') return `signIn.${String(path[1] ?? 'provider') as SignInField}`;
  const relay = draft.relays[Number(path[1])];
  if (path[0] !== 'relays' || !relay) return null;
  const key = String(path[2]);
  // The form does not show whom a relay serves, but it does report an address that does not suit it.
  if (key === 'lan') return `${relay.key}.listenAddress`;
  if (key === 'listen') return listensAtAll(relay) ? `${relay.key}.listenPort` : `${relay.key}.listenAddress`;
  if (key === 'clientCertificate') return path[3] === 'key' ? `${relay.key}.clientKey` : `${relay.key}.certificate`;
  return `${relay.key}.${key as RelayField}`;
}

/** Whether the address alone is one that this relay can listen on. */
function listensAtAll(relay: RelayDraft): boolean {
  const places = parseListen(listenOf({ ...relay, listenPort: '1' }));
  return places !== null && listensHereOnly(places) === (relay.lan === undefined);
}

function faultOf(draft: AccountDraft, field: FieldId, custom: boolean): Fault {
  if (field === 'name') return draft.name.trim() === '' ? 'missing' : custom ? 'taken' : 'wrong';
  const [key, name] = field.split('.') as [string, RelayField | undefined];
  if (key === 'signIn')
    return (draft.signIn ?? noSignIn)[name as string as SignInField].trim() === '' ? 'missing' : 'wrong';
  const relay = draft.relays.find((each) => String(each.key) === key);
  if (!relay || !name) return 'wrong';
  if (relay[name].trim() === '') return 'missing';
  if (name === 'listenAddress') return 'wrong';
  if (name === 'listenPort') return parseListen(listenOf(relay)) ? 'taken' : 'wrong';
  return custom ? 'taken' : 'wrong';
}

/** Where an account's relays lead from and to, as `server:port`, or the address behind it. */
export interface MovedServer {
  from: string;
  to: string;
  /** Whether it is another server, and not another port of the same. */
  elsewhere: boolean;
}

/** The relays of an account that would be sent to another server, port or address than now. */
export function movedServers(account: AccountConfiguration, after: Configuration): MovedServer[] {
  const relays = after.accounts.flatMap((each) => each.relays);
  const place = ({ server, port, address }: AccountConfiguration['relays'][number]) =>
    `${server}:${port}${address === undefined ? '' : ` (${address})`}`;
  return account.relays.flatMap((before, index) => {
    // The form keeps the order; a relay that was renamed keeps its place on this computer.
    const now =
      relays.find(({ name }) => name === before.name) ??
      relays.find(({ listen }) => listen === before.listen) ??
      after.accounts.find(({ name }) => name === account.name)?.relays[index];
    if (!now || place(now) === place(before)) return [];
    const elsewhere = canonicalServer(now.server) !== canonicalServer(before.server) || now.address !== before.address;
    return [{ from: place(before), to: place(now), elsewhere }];
  });
}

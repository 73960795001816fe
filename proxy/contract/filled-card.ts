import type { CardSetting, ClientCard, OwnValue } from './client-card.ts';
import type { RelayConfiguration } from './configuration.ts';
import { parseListen } from './listen-address.ts';
import { type LocalTls, localTlsOf } from './local-tls.ts';
import type { Protocol } from './protocol.ts';
import { protocolFacts, protocolsFor, purposes } from './protocol-facts.ts';

/** A field with its value. */
export interface FilledField {
  label: string;
  action: 'type' | 'choose' | 'tick';
  /** What to type or choose; `on` or `off` for a check box. */
  value: string;
  /** The value is the person's own and not known here; `value` says in words what belongs there. */
  own: boolean;
  sets: readonly CardSetting[];
  note: string | null;
}

export interface FilledStep {
  where: readonly string[];
  note: string | null;
  fields: FilledField[];
}

/** A card for one account: everything to type, in order. */
export interface FilledCard {
  id: string;
  program: string;
  /** The protocols that are used, incoming first. */
  protocols: Protocol[];
  notes: string[];
  steps: FilledStep[];
  /** The ports that this program insists on, where it has no field for them and the relay listens on another one. */
  fixedPorts: { relay: string; protocol: Protocol; port: number; listens: number }[];
  /**
   * How the connection from the program to Postern may or has to be encrypted, by relay name; the cards themselves ask
   * for no encryption. Empty where no connection leaves this computer; `here` for one that does not, beside others that
   * do.
   */
  ownLegs: { relay: string; localTls: LocalTls | 'here' }[];
  /** What the program could do but the account has no relay for. An account without mail lacks none of it. */
  missing: ('receive' | 'send')[];
}

export interface FillOptions {
  /** What stands for each value that only the person knows: the value itself, or words for it. */
  own: Record<OwnValue, { value: string; known: boolean }>;
  account: string;
  /** The ports of relays that let the system choose one, by relay name. */
  ports: ReadonlyMap<string, number>;
  /** The address under which the program reaches this computer, where that is not the relay's own. */
  host?: string | undefined;
  /** Which one to use where the account has both. */
  incoming?: 'imap' | 'pop3' | undefined;
}

/** The relays of an account that a program would use: one for each purpose, to receive IMAP before POP3. */
export function cardRelays(
  card: Pick<ClientCard, 'protocols'>,
  relays: readonly RelayConfiguration[],
  incoming?: 'imap' | 'pop3',
): RelayConfiguration[] {
  const find = (protocol: Protocol) =>
    card.protocols.includes(protocol) ? relays.find((relay) => relay.protocol === protocol) : undefined;
  return purposes.flatMap((purpose) => {
    const wanted = purpose === 'incoming' && incoming !== undefined ? [incoming] : protocolsFor(purpose);
    return wanted.map(find).find((relay) => relay !== undefined) ?? [];
  });
}

/** The first address and port of a relay: where a mail program connects. Port 0 where the system chooses. */
export function listensAt(relay: Pick<RelayConfiguration, 'listen'>): { host: string; port: number } {
  const first = parseListen(relay.listen)?.[0];
  return { host: first?.address ?? '127.0.0.1', port: first?.port ?? 0 };
}

/**
 * Fills a card in for an account.
 *
 * @returns null when the account has nothing that this program can use.
 */
export function fillCard(
  card: ClientCard,
  relays: readonly RelayConfiguration[],
  options: FillOptions,
): FilledCard | null {
  const used = cardRelays(card, relays, options.incoming);
  if (used.length === 0) return null;
  const values = new Map<string, { value: string; known: boolean }>(Object.entries(options.own));
  values.set('account', { value: options.account, known: true });
  const fixedPorts: FilledCard['fixedPorts'] = [];
  for (const relay of used) {
    const { host, port } = listensAt(relay);
    const listens = port || (options.ports.get(relay.name) ?? 0);
    values.set(`${relay.protocol}.host`, { value: options.host ?? host, known: true });
    values.set(`${relay.protocol}.port`, { value: String(listens), known: true });
    const { purpose, plainPort: usual } = protocolFacts[relay.protocol];
    const setting = `${purpose}-port` as const;
    if (card.without.includes(setting) && listens !== usual) {
      fixedPorts.push({ relay: relay.name, protocol: relay.protocol, port: usual, listens });
    }
  }
  const inUse = used.map((relay) => relay.protocol);
  const applies = (part: { for?: readonly Protocol[] | undefined }) =>
    part.for === undefined || part.for.some((protocol) => inUse.includes(protocol));
  const steps = card.steps.filter(applies).map((step) => ({
    where: step.where,
    note: step.note ?? null,
    fields: step.fields.filter(applies).map((field) => filled(field, values)),
  }));
  return {
    id: card.id,
    program: card.name,
    protocols: inUse,
    notes: card.notes.filter(applies).map((note) => note.text),
    steps: steps.filter((step) => step.fields.length > 0),
    fixedPorts,
    ownLegs: used.some(({ lan }) => lan)
      ? used.map((relay) => ({ relay: relay.name, localTls: relay.lan ? localTlsOf(relay) : 'here' }))
      : [],
    missing: missingMail(card.protocols, inUse),
  };
}

function missingMail(possible: readonly Protocol[], inUse: readonly Protocol[]): FilledCard['missing'] {
  const sends = (some: readonly Protocol[]) => some.includes('smtp');
  if (!receives(inUse) && !sends(inUse)) return [];
  return [
    ...(receives(possible) && !receives(inUse) ? (['receive'] as const) : []),
    ...(sends(possible) && !sends(inUse) ? (['send'] as const) : []),
  ];
}

function receives(some: readonly Protocol[]): boolean {
  return some.some((protocol) => protocolFacts[protocol].purpose === 'incoming');
}

function filled(
  field: ClientCard['steps'][number]['fields'][number],
  values: ReadonlyMap<string, { value: string; known: boolean }>,
): FilledField {
  const common = { label: field.label, sets: field.sets ?? [], note: field.note ?? null };
  if (field.tick !== undefined) return { ...common, action: 'tick', value: field.tick ? 'on' : 'off', own: false };
  if (field.choose !== undefined) return { ...common, action: 'choose', value: field.choose, own: false };
  let own = false;
  const value = (field.type ?? '').replace(/\{([^}]+)\}/g, (_, name: string) => {
    const found = values.get(name);
    own ||= found?.known === false;
    return found?.value ?? '';
  });
  return { ...common, action: 'type', value, own };
}

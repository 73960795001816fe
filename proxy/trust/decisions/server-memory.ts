import type { Endpoint, KnownServer, TlsMode, UpstreamProtection } from '../../contract/index.ts';
import type { StateStore } from '../../state/store.ts';
import type { Durability, Rows } from './rows.ts';
import { type Place, serverId } from './trust-history.ts';

/** What a server needs that others do not. */
export interface ServerNeeds {
  /** Until then, ISO 8601, a ClientHello that fits into one packet. */
  onePacketUntil?: string;
  /** To be told which program is speaking (IMAP `ID`), or it opens no folder. */
  id?: true;
}

/** When a port was last met in each TLS mode, ISO 8601. Empty for what was stored before this was kept. */
export type MetModes = { [Mode in TlsMode]?: string };

/** All that is remembered about one server: host and port, whatever the account and the spelling. */
export interface RememberedServer {
  id: string;
  host: string;
  port: number;
  /** ISO 8601: when it last agreed to TLS; null if that was never seen. */
  offeredTlsAt: string | null;
  modes: MetModes;
  /** ISO 8601: when it was last found to offer no TLS any more; null while it does. */
  vanishedAt: string | null;
  needs: ServerNeeds;
  /** Present once it was verified by the rules alone. */
  verified: Omit<KnownServer, 'id' | 'host' | 'port'> | null;
  /** The evidence of each account's last secured session. */
  sessions: { account: string; protection: UpstreamProtection }[];
}

/** What was seen of servers, by host and port. */
export interface ServerMemory {
  /** Those that were verified by the rules alone, as the state shows them. */
  readonly known: Rows<KnownServer>;
  /** When the server last agreed to TLS, ISO 8601; null if it never did. */
  offeredTls(server: Endpoint): string | null;
  /** In which way it did, and when. */
  modes(server: Endpoint): MetModes;
  /** When it was last found to offer no TLS any more, ISO 8601; null once a session was secured again. */
  vanishedAt(server: Endpoint): string | null;
  vanished(server: Endpoint, at: string): void;
  /** The server has agreed to TLS. @param at ISO 8601 */
  sawTls(server: Endpoint, mode: TlsMode, at: string): void;
  needs(server: Endpoint): ServerNeeds;
  /** @param needs replaces what was remembered, for the keys that it names; undefined removes one */
  sawNeeds(server: Endpoint, needs: { [Need in keyof ServerNeeds]: ServerNeeds[Need] | undefined }): void;
  /** The evidence of the account's last secured session. */
  evidence(place: Place): UpstreamProtection | null;
  secured(place: Place, protection: UpstreamProtection): void;
  /**
   * Forgets what was seen for accounts and servers that are no longer configured. That a server was verified outlives
   * its account: someone who removes an account because of an alarm and adds it again must not be offered what the
   * alarm was about.
   */
  keepOnly(places: readonly Place[]): void;
  all(): RememberedServer[];
}

/** Far more than anyone configures in a lifetime; verified servers that no account uses are dropped first. */
const maxServers = 1_000;

export function createServerMemory(
  state: StateStore,
  stored: readonly RememberedServer[],
  schedule: (durability: Durability) => void,
): ServerMemory {
  const servers = new Map<string, RememberedServer>(stored.map((row) => [row.id, row]));
  for (const row of stored) show(row);

  function show(row: RememberedServer): void {
    const known = knownOf(row);
    if (known) state.set('servers', row.id, known);
    else state.remove('servers', row.id);
  }

  function at(server: Endpoint): RememberedServer {
    const id = serverId(server);
    const { server: host, port } = server;
    const nothing = { offeredTlsAt: null, modes: {}, vanishedAt: null, needs: {}, verified: null, sessions: [] };
    return servers.get(id) ?? { id, host, port, ...nothing };
  }

  function put(row: RememberedServer, durability: Durability): void {
    if (isForgotten(row) && !row.verified && row.sessions.length === 0) servers.delete(row.id);
    else servers.set(row.id, row);
    schedule(durability);
  }

  return {
    known: {
      get: (id) => knownOf(servers.get(id)),
      all: () => [...servers.values()].flatMap((row) => knownOf(row) ?? []),
      set({ id, host, port, ...verified }, durability) {
        const row = { ...at({ server: host, port }), host, port, verified };
        put(row, durability);
        show({ ...row, id });
      },
      remove(id, durability) {
        const row = servers.get(id);
        if (!row?.verified) return;
        put({ ...row, verified: null }, durability);
        state.remove('servers', id);
      },
    },
    offeredTls: (server) => servers.get(serverId(server))?.offeredTlsAt ?? null,
    modes: (server) => servers.get(serverId(server))?.modes ?? {},
    sawTls(server, mode, offeredTlsAt) {
      const row = at(server);
      const modes = { ...row.modes, [mode]: offeredTlsAt };
      put({ ...row, offeredTlsAt, modes }, row.modes[mode] === undefined ? 'soon' : 'later');
    },
    vanishedAt: (server) => servers.get(serverId(server))?.vanishedAt ?? null,
    vanished(server, vanishedAt) {
      const row = at(server);
      put({ ...row, vanishedAt }, row.vanishedAt === null ? 'soon' : 'later');
    },
    needs: (server) => servers.get(serverId(server))?.needs ?? {},
    sawNeeds(server, saw) {
      const row = at(server);
      const all = Object.entries({ ...row.needs, ...saw }).filter(([, need]) => need !== undefined);
      put({ ...row, needs: Object.fromEntries(all) }, 'soon');
    },
    evidence(place) {
      const sessions = servers.get(serverId(place))?.sessions ?? [];
      return sessions.find(({ account }) => account === place.account)?.protection ?? null;
    },
    secured(place, protection) {
      const row = at(place);
      const { account } = place;
      const before = row.sessions.find((session) => session.account === account)?.protection;
      const others = row.sessions.filter((session) => session.account !== account);
      const known = before?.certificate.fingerprint === protection.certificate.fingerprint;
      const sessions = [...others, { account, protection }];
      const isSoon = !known || row.vanishedAt !== null;
      put({ ...row, offeredTlsAt: protection.verifiedAt, vanishedAt: null, sessions }, isSoon ? 'soon' : 'later');
    },
    keepOnly(places) {
      const accounts = new Map<string, Set<string>>();
      for (const place of places) {
        const id = serverId(place);
        accounts.set(id, (accounts.get(id) ?? new Set()).add(place.account));
      }
      for (const row of [...servers.values()]) {
        const users = accounts.get(row.id);
        const sessions = row.sessions.filter(({ account }) => users?.has(account));
        const forgotten = users ? {} : { offeredTlsAt: null, modes: {}, vanishedAt: null, needs: {} };
        if (users ? sessions.length === row.sessions.length : isForgotten(row) && sessions.length === 0) continue;
        put({ ...row, ...forgotten, sessions }, 'soon');
      }
      const unused = [...servers.values()].filter(({ id }) => !accounts.has(id)).sort(byLastVerified);
      for (const { id } of unused.slice(0, Math.max(0, servers.size - maxServers))) {
        servers.delete(id);
        state.remove('servers', id);
        schedule('soon');
      }
    },
    all: () => [...servers.values()],
  };
}

/** Nothing is known about how to speak to it. */
function isForgotten({ offeredTlsAt, needs }: RememberedServer): boolean {
  return offeredTlsAt === null && Object.keys(needs).length === 0;
}

function knownOf(row: RememberedServer | undefined): KnownServer | undefined {
  return row?.verified ? { id: row.id, host: row.host, port: row.port, ...row.verified } : undefined;
}

function byLastVerified(a: RememberedServer, b: RememberedServer): number {
  return (a.verified?.lastVerifiedAt ?? '').localeCompare(b.verified?.lastVerifiedAt ?? '');
}

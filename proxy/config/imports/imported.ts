import { getDomain } from 'tldts';
import type { Configuration, RelayConfiguration, SignIn } from '../../contract/index.ts';
import { parseListen } from '../../contract/index.ts';

/** One thing in the other program's file that is not carried over unchanged, in words for the person. */
export interface ImportNote {
  /** `[gmail-imap] verify`, or empty for the file as a whole. */
  place: string;
  message: string;
}

/** What another program's configuration says, in Postern's terms. */
export interface Imported {
  program: 'stunnel' | 'Email OAuth 2.0 Proxy';
  /** Not named yet, unless the file has a name. */
  relays: (Omit<RelayConfiguration, 'name'> & {
    section: string;
    /** The account that it belongs to, if the file says so. */
    account?: { name: string; signIn: SignIn };
  })[];
  /** PEM files of authorities, as named in the file. */
  certificateAuthorities: string[];
  notes: ImportNote[];
}

/** An import merged into a configuration. Nothing is written yet. */
export interface MergedImport {
  configuration: Configuration;
  added: Configuration['accounts'];
  /** Authorities that were not yet in the configuration. */
  addedAuthorities: string[];
  notes: ImportNote[];
}

/**
 * Adds what was imported to a configuration: relays of one account, or else of one domain, become one account, names
 * are made unique, and a relay whose local address is taken is left out.
 */
export function mergeImport(configuration: Configuration, imported: Imported): MergedImport {
  const notes: ImportNote[] = [];
  const accountNames = new Set(configuration.accounts.map(({ name }) => name));
  const relayNames = new Set(configuration.accounts.flatMap(({ relays }) => relays.map(({ name }) => name)));
  const taken = new Map<string, string>();
  for (const { relays } of configuration.accounts) for (const relay of relays) claim(taken, relay.listen, relay.name);

  const found = new Map<string, { relays: RelayConfiguration[]; signIn: SignIn | undefined }>();
  for (const { section, account, ...relay } of imported.relays) {
    const domain = getDomain(relay.server) ?? relay.server;
    const name = unique(relayNames, plainName(section) || `${domain}-${relay.protocol}`);
    const holder = claim(taken, relay.listen, name);
    if (holder !== null) {
      notes.push({ place: `[${section}]`, message: `left out: ${holder} listens on ${relay.listen} already` });
      relayNames.delete(name);
      continue;
    }
    const key = account?.name ?? domain;
    const before = found.get(key)?.relays ?? [];
    found.set(key, { relays: [...before, { name, ...relay }], signIn: account?.signIn });
  }
  const added = [...found].map(([wanted, { relays, signIn }]) => ({
    name: unique(accountNames, wanted.slice(0, 90)),
    ...(signIn === undefined ? {} : { signIn }),
    relays,
  }));
  const addedAuthorities = [...new Set(imported.certificateAuthorities)].filter(
    (path) => !configuration.certificateAuthorities.includes(path),
  );
  return {
    configuration: {
      ...configuration,
      accounts: [...configuration.accounts, ...added],
      certificateAuthorities: [...configuration.certificateAuthorities, ...addedAuthorities],
    },
    added,
    addedAuthorities,
    notes: [...imported.notes, ...notes],
  };
}

/** Claims the addresses of `listen`, unless another relay has one of them. @returns that relay's name, or null */
function claim(taken: Map<string, string>, listen: string | number, name: string): string | null {
  const places = (parseListen(listen) ?? []).filter(({ port }) => port !== 0).map((at) => `${at.address} ${at.port}`);
  const holder = places.map((place) => taken.get(place)).find((each) => each !== undefined);
  if (holder !== undefined) return holder;
  for (const place of places) taken.set(place, name);
  return null;
}

function plainName(section: string): string {
  return section
    .replace(/[^\p{L}\p{N}._@-]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80);
}

function unique(used: Set<string>, wanted: string): string {
  let name = wanted;
  for (let number = 2; used.has(name); number += 1) name = `${wanted}-${number}`;
  used.add(name);
  return name;
}

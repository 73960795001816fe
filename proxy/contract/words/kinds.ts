import type { Protocol } from '../protocol.ts';
import { type Purpose, protocolFacts } from '../protocol-facts.ts';

/** What stands at either end of a path, in words for people. */
export interface Kind {
  /** What connects to Postern: `mail program`. */
  client: string;
  /** What Postern connects to: `mail server`. */
  service: string;
  /** Whom to ask about it: `the provider`. */
  keeper: string;
  /** Whether it is for mail: otherwise nothing that only providers of mail have is advised. */
  mail: boolean;
}

const mail: Kind = { client: 'mail program', service: 'mail server', keeper: 'the provider', mail: true };

const kinds: Record<Purpose, Kind> = {
  incoming: mail,
  outgoing: mail,
  news: { client: 'news program', service: 'news server', keeper: 'whoever runs the news server', mail: false },
  'address-book': {
    ...{ client: 'address book', service: 'directory' },
    ...{ keeper: 'whoever runs the directory', mail: false },
  },
};

const several: Kind = { client: 'program', service: 'server', keeper: 'whoever runs the servers', mail: false };

/** The words for an account with these paths: those for mail as soon as one is for mail. */
export function kindOfAll(paths: readonly { protocol: Protocol }[]): Kind {
  const all = new Set(paths.map(({ protocol }) => kindOf(protocol)));
  if (all.size === 0 || all.has(mail)) return mail;
  const [only = several] = all;
  return all.size === 1 ? only : several;
}

/** The words for a protocol; those for mail where it is not known. */
export function kindOf(protocol: Protocol | undefined): Kind {
  return protocol === undefined ? mail : kinds[protocolFacts[protocol].purpose];
}

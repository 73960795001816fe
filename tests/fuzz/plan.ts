import { type Protocol, type TlsMode, tlsModes } from '../../proxy/contract/index.ts';
import { lineProtocols } from '../support/line-protocols.ts';
import { directoryDown, directoryUp } from './directory-words.ts';
import { createRandom, type Random } from './random.ts';

export const identityKinds = ['good', 'self-signed', 'wrong-name', 'expired'] as const;
export type IdentityKind = (typeof identityKinds)[number];

/** Every password begins with this word. */
const canaryWord = 'kanarie';

/** The forms in which a password may appear: as it is, and inside base64 at each alignment. */
export const tellTales: readonly string[] = [
  canaryWord,
  ...[0, 1, 2].map((shift) => {
    const text = Buffer.from('-'.repeat(shift) + canaryWord).toString('base64');
    // Characters that depend on neighbouring bytes are left out.
    return text.slice(shift === 0 ? 0 : 4, -4);
  }),
];

/** Who ends the raw bytes after the sign-in, and how. */
export type Closer = 'client' | 'server' | 'both' | 'client-reset' | 'server-reset' | 'server-cut';

/** Everything about one session that is decided before it begins. */
export interface SessionPlan {
  seed: number;
  number: number;
  protocol: Protocol;
  tls: TlsMode;
  user: string;
  /** The password. It must not appear anywhere except inside TLS and on the loopback side. */
  canary: string;
  /** Part of everything that a server says before TLS. It must never reach the client. */
  marker: string;
  closer: Closer;
  /** What flows each way after the sign-in, beginning with a word of its own. */
  up: Buffer;
  down: Buffer;
  /** What the server says for `down`: a directory also sends the program elsewhere, which must not reach it. */
  downSaid: Buffer;
  server: {
    /** Does what a server should do. */
    honest: boolean;
    identity: IdentityKind;
    /** The TLS handshake: correct, or broken in some way. */
    handshake: 'good' | 'old-cipher' | 'plaintext' | 'garbage' | 'alert' | 'end' | 'reset' | 'late-cut' | 'late-reset';
    tls12: boolean;
    /** How likely each reply is to be mutated. */
    mutationRate: number;
    /** Bytes in the same segment as the go-ahead. */
    injects: boolean;
    /** Says no to STARTTLS. */
    declines: boolean;
    offers: boolean;
    preauth: boolean;
    /** Milliseconds that it waits for a command once it has misbehaved; null for no limit. */
    patience: number | null;
  };
  client: {
    honest: boolean;
    mutationRate: number;
    /** Speaks before the greeting, in a protocol that is not one of ours. */
    foreign: 'http' | 'tls' | 'garbage' | null;
    /** Does not wait for replies. */
    pipelines: boolean;
    /** Milliseconds that it waits for a reply; null for no limit. */
    patience: number | null;
    /** After which step it leaves, and how; a number beyond the last step means never. */
    leavesAfter: number;
    leavesBy: 'end' | 'destroy' | 'reset';
  };
  /** Both say everything in segments of at most this many bytes. */
  segment: number;
}

/** One session in eight is with a directory. */
const directoryShare = 0.12;

const size = (random: Random) =>
  random.below(random.pick([1, 40, 2_000, 20_000, 20_000, 70_000, random.chance(0.1) ? 400_000 : 500]));

/** Whole lines or messages, as in these protocols: an end in the middle of one is a cut. */
function rawBytes(protocol: Protocol, number: number, random: Random): Pick<SessionPlan, 'up' | 'down' | 'downSaid'> {
  const [up, down] = [random.bytes(size(random)), random.bytes(size(random))];
  const words = { up: `UP${number}:`, down: `DOWN${number}:` };
  if (protocol === 'ldap') {
    const { said, heard } = directoryDown(words.down, down, random);
    return { up: directoryUp(words.up, up), down: heard, downSaid: said };
  }
  const lines = Buffer.concat([Buffer.from(words.down), down, Buffer.from('\r\n')]);
  return { up: Buffer.concat([Buffer.from(words.up), up]), down: lines, downSaid: lines };
}

/** The plan of one session, the same for the same seed and number. */
export function planSession(seed: number, number: number): SessionPlan {
  const random = createRandom(seed, number, 'plan');
  const lines = random.pick(lineProtocols);
  // By numbers of its own, so that the sessions of the other protocols stay what they are.
  const directory = createRandom(seed, number, 'ldap').chance(directoryShare);
  const protocol = directory ? 'ldap' : lines;
  const tls = random.pick(tlsModes);
  const kind = random.pick(['honest', 'server', 'server', 'server', 'client', 'client', 'both'] as const);
  const hostileServer = kind === 'server' || kind === 'both';
  const hostileClient = kind === 'client' || kind === 'both';
  // Only a few wait for the deadlines: these take seconds, and a waiting session occupies its lane.
  const patient = random.chance(0.01);
  const seldom = (probability: number) => random.chance(hostileServer ? probability : 0);
  return {
    seed,
    number,
    protocol,
    tls,
    user: `user${random.below(1000)}`,
    canary: `${canaryWord}${number}x${random.below(1e9).toString(36)}`,
    marker: `premark${number}x${random.below(1e9).toString(36)}`,
    closer: random.pick(
      kind === 'honest' || random.chance(0.5)
        ? (['client', 'server', 'both'] as const)
        : hostileServer
          ? (['server-reset', 'server-cut'] as const)
          : (['client-reset'] as const),
    ),
    ...rawBytes(protocol, number, random),
    server: {
      honest: !hostileServer,
      identity: seldom(0.12) ? random.pick(['self-signed', 'wrong-name', 'expired'] as const) : 'good',
      handshake: seldom(0.2)
        ? random.pick([
            'old-cipher',
            'plaintext',
            'garbage',
            'alert',
            'end',
            'reset',
            'late-cut',
            'late-reset',
          ] as const)
        : 'good',
      tls12: random.chance(0.2),
      mutationRate: hostileServer ? random.pick([0, 0.15, 0.3, 0.6]) : 0,
      injects: seldom(0.1),
      declines: seldom(0.1),
      offers: random.chance(0.8),
      preauth: protocol === 'imap' && tls === 'implicit' && random.chance(0.04),
      patience: !hostileServer || patient ? null : 40 + random.below(80),
    },
    client: {
      honest: !hostileClient,
      mutationRate: hostileClient ? random.pick([0, 0.1, 0.3, 0.6]) : 0,
      foreign: hostileClient && random.chance(0.1) ? random.pick(['http', 'tls', 'garbage'] as const) : null,
      pipelines: random.chance(0.3),
      patience: !hostileClient ? null : 100 + random.below(150),
      leavesAfter: hostileClient && random.chance(0.3) ? random.below(6) : Number.POSITIVE_INFINITY,
      leavesBy: random.pick(['end', 'destroy', 'reset'] as const),
    },
    segment: random.pick([1_000_000, 1_000_000, 1_000_000, 1400, 100, 7, 1]),
  };
}

/** True when nobody in this session does anything forbidden. */
export function isHonest({ server, client }: SessionPlan): boolean {
  return server.honest && client.honest;
}

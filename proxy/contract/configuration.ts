import * as z from 'zod';
import { bytesOf, canonical, isLinkLocal, isLoopback, isPrivate, readNet } from './local-address.ts';
import { notifySchema } from './notify.ts';
import { protocols, tlsModes } from './protocol.ts';

/**
 * The configuration file (`config.json`). Relied on from outside: add keys, never rename.
 * Rules that span several keys (duplicates, devices) live here too, so that the window and the loader agree.
 */

/**
 * How a mail program is let in where Postern signs in: by the account's local password, or, for sending, without one.
 */
export const admissions = ['password', 'no-password'] as const;
export type Admission = (typeof admissions)[number];

/**
 * An address of this computer to listen on, with a port from 0 to 65535. A link-local one has its zone: `fe80::1%eth0`.
 */
export interface ListenAddress {
  address: string;
  port: number;
}

const listenPattern = /^(?:(\d{1,3}(?:\.\d{1,3}){3}):|\[([0-9a-fA-F:]+)(%[\w.-]{1,15})?\]:)?(\d{1,5})$/;

/**
 * Reads `listen`: `"127.0.0.1:1143"`, `"[::1]:1143"`, `"1143"` or `1143` (a bare port means both loopback addresses); and for
 * devices `"192.168.7.1:587"`, `"[fe80::1%eth0]:587"`.
 *
 * @returns the addresses to listen on, or null when the text is neither a loopback nor a private address with a port.
 */
export function parseListen(listen: string | number): ListenAddress[] | null {
  const [whole, v4, v6, zone = '', digits] = listenPattern.exec(String(listen)) ?? [];
  const port = Number(digits);
  if (whole === undefined || port > 65_535) return null;
  const host = v4 ?? v6;
  if (host === undefined) return ['127.0.0.1', '::1'].map((address) => ({ address, port }));
  if (bytesOf(host) === null || (zone !== '') !== isLinkLocal(host)) return null;
  return isLoopback(host) || isPrivate(host) ? [{ address: `${canonical(host)}${zone}`, port }] : null;
}

/** Whether only this computer can reach what listens there. */
export function listensHereOnly(places: readonly ListenAddress[]): boolean {
  return places.every(({ address }) => !address.includes('%') && isLoopback(address));
}

/** Reads `listen` on all addresses of the computer: `"0.0.0.0:143"`, `"[::]:143"`; null for any other. */
export function parseListenEverywhere(listen: string | number): ListenAddress[] | null {
  const [, address, v6, digits] = /^(?:(0\.0\.0\.0)|\[(::)\]):(\d{1,5})$/.exec(String(listen)) ?? [];
  const port = Number(digits);
  return port <= 65_535 ? [{ address: address ?? v6 ?? '', port }] : null;
}

/** Where a relay listens, by its checked configuration. */
export function listenPlaces({ listen }: Pick<RelayConfiguration, 'listen'>): ListenAddress[] {
  return parseListen(listen) ?? parseListenEverywhere(listen) ?? [];
}

const name = (what: string) =>
  z
    .string({ error: `expected the ${what}'s name as text` })
    .min(1, { error: `expected the ${what}'s name, found an empty text` })
    .max(100, { error: `expected the ${what}'s name in at most 100 characters` })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    .regex(/^[^\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$/u, {
      error: `expected the ${what}'s name without control characters`,
    });

const hostName = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .min(1, { error: `expected ${what}, found an empty text` })
    .max(255, { error: `expected ${what} of at most 255 characters` })
    .regex(/^(?:[^\s/@:[\]\\?#%]+|[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*)$/u, {
      error: `expected ${what} alone; no scheme, port, path or user name`,
    });

const path = (what: string) =>
  z.string({ error: `expected ${what}` }).min(1, { error: `expected ${what}, found an empty text` });

const wholeNumber = (what: string, min: number, max: number) =>
  z
    .int({ error: `expected ${what}: a whole number from ${min} to ${max}` })
    .min(min, { error: `expected ${what}: a whole number from ${min} to ${max}` })
    .max(max, { error: `expected ${what}: a whole number from ${min} to ${max}` });

const listenExpected =
  'expected a loopback address and port such as "127.0.0.1:1143" or "[::1]:1143", or a bare port; other computers are served with "lan" alone, at one private address of this computer (a link-local one with its zone: "[fe80::1%eth0]:587"), never at a public one, and at all of them only behind a balancer ("proxyProtocol")';
const listenError = { error: listenExpected };

/** How many recipients the devices of a relay may write to within an hour, unless its configuration says otherwise. */
export const usualRecipientsPerHour = 60;

/** Devices of the local network that may use a relay. */
const lanSchema = z.strictObject(
  {
    allow: z
      .array(
        z
          .string({ error: 'expected an address as text' })
          .max(50, { error: 'expected an address of at most 50 characters' })
          .superRefine((text, context) => {
            const net = readNet(text);
            if (typeof net === 'string') context.addIssue({ code: 'custom', message: net });
          }),
        { error: 'expected a list of addresses' },
      )
      .min(1, { error: 'expected the addresses of the devices, found an empty list' })
      .max(100, { error: 'expected at most 100 addresses' })
      .meta({ description: 'Private addresses, or nets no larger than /28 (IPv6: /124). Everybody else is closed.' }),
    senders: z
      .array(
        z
          .string({ error: 'expected an address as text' })
          .max(254, { error: 'expected an address of at most 254 characters' })
          .regex(/^[^\s@<>"\\]+@[^\s@<>"\\]+$/, { error: 'expected a mail address such as "scanner@example.org"' }),
        { error: 'expected a list of mail addresses' },
      )
      .min(1, { error: 'expected the senders, found an empty list' })
      .max(1000, { error: 'expected at most 1000 senders' })
      .meta({ description: 'SMTP: the envelope senders that are let through. Required with admit "no-password".' })
      .optional(),
    recipientsPerHour: wholeNumber('a number of recipients', 1, 10_000)
      .meta({
        description: `SMTP: how many recipients all devices together may write to within an hour; ${usualRecipientsPerHour} unless given.`,
      })
      .optional(),
    reading: z
      .boolean({ error: 'expected true or false' })
      .meta({ description: 'Needed for IMAP, POP3 and NNTP: mail may be read over the local network in plaintext.' })
      .optional(),
  },
  { error: (issue) => unknownKeys(issue) ?? 'expected { "allow": ["192.168.7.20"] }' },
);
export const lanKeys = Object.keys(lanSchema.shape);

/** The widest nets of balancers: a cluster gives a pod any address of its own (RFC 6177 §2 for IPv6). */
const widestNet = { 4: 16, 6: 48 } as const;

/** How many bits of an address or net of balancers are fixed; null when it is neither, or too wide. */
function balancerPrefix(entry: string): number | null {
  const [, v4, v6, digits] =
    /^(?:(\d{1,3}(?:\.\d{1,3}){3})|([\da-fA-F:]+:[\da-fA-F:.]*))(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const sound = v4 === undefined ? v6 !== undefined && URL.canParse(`http://[${v6}]/`) : isVersion4(v4);
  const [most, least] = v4 === undefined ? [128, widestNet[6]] : [32, widestNet[4]];
  const prefix = digits === undefined ? most : Number(digits);
  return sound && prefix <= most && prefix >= least ? prefix : null;
}

const isVersion4 = (text: string) =>
  text.split('.').every((octet) => Number(octet) <= 255 && String(Number(octet)) === octet);

/** `"smtp", "imap" or "pop3"` */
const oneOf = (words: readonly string[]) =>
  `${words
    .slice(0, -1)
    .map((each) => `"${each}"`)
    .join(', ')} or "${words.at(-1)}"`;

export const relaySchema = z.strictObject(
  {
    name: name('relay'),
    protocol: z.enum(protocols, { error: `expected ${oneOf(protocols)}` }),
    listen: z
      .union(
        [
          z.string(listenError).regex(listenPattern, listenError),
          z.int(listenError).min(0, listenError).max(65_535, listenError),
        ],
        listenError,
      )
      .refine((listen) => (parseListen(listen) ?? parseListenEverywhere(listen)) !== null, listenError)
      .meta({
        description:
          'Loopback address and port, or a bare port for 127.0.0.1 and ::1. With lan a private address; with proxyProtocol also 0.0.0.0 or [::].',
      }),
    server: hostName("the server's host name or IP address"),
    port: wholeNumber("the server's port", 1, 65_535),
    tls: z.enum(tlsModes, {
      error: 'expected "implicit" or "starttls"; Postern has no way to send mail without TLS',
    }),
    address: hostName('the host name or IP address to connect to').optional(),
    clientCertificate: z
      .strictObject(
        {
          certificate: path('the path of a PEM file with the certificate'),
          key: path('the path of a PEM file with the key'),
        },
        { error: (issue) => unknownKeys(issue) ?? 'expected { "certificate": "…", "key": "…" }' },
      )
      .optional(),
    proxyProtocol: z
      .array(
        z
          .string({ error: 'expected the address of a balancer as text' })
          .max(60, { error: 'expected the address of a balancer' })
          .refine((entry) => balancerPrefix(entry) !== null, {
            error: 'expected the address of a balancer such as "10.0.0.2", or a net such as "10.0.0.0/16"',
          }),
        { error: 'expected a list of addresses of balancers' },
      )
      .min(1, { error: 'expected one balancer at least' })
      .max(64, { error: 'expected at most 64 balancers' })
      .meta({ description: 'Balancers: their connections begin with a header of the PROXY protocol.' })
      .optional(),
    admit: z
      .enum(admissions, { error: 'expected "password" or "no-password"' })
      .meta({ description: 'How the mail program is let in where Postern signs in; "password" unless given.' })
      .optional(),
    lan: lanSchema
      .meta({ description: 'Serves these devices of the local network instead of this computer.' })
      .optional(),
  },
  {
    error: (issue) =>
      unknownKeys(issue) ?? 'expected a relay: an object with name, protocol, listen, server, port and tls',
  },
);

const user = z
  .string({ error: 'expected the user name at the mail server as text' })
  .min(1, { error: 'expected the user name at the mail server, found an empty text' })
  .max(255, { error: 'expected the user name at the mail server in at most 255 characters' })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SASL separates with NUL and ^A, and no name holds the others
  .regex(/^[^\u0000-\u001f\u007f]*$/u, { error: 'expected the user name without control characters' });

const word = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .max(1000, { error: `expected ${what} of at most 1000 characters` })
    .regex(/^[\x21-\x7e]+$/, { error: `expected ${what}: a text without blanks` });

/** Who signs in at the mail server, and with what. */
export const signInSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject(
      { kind: z.literal('pass-through') },
      { error: (issue) => unknownKeys(issue) ?? 'expected { "kind": "pass-through" }' },
    ),
    z.strictObject(
      { kind: z.literal('stored'), user },
      { error: (issue) => unknownKeys(issue) ?? 'expected { "kind": "stored", "user": "…" }' },
    ),
    z.strictObject(
      {
        kind: z.literal('oauth'),
        user,
        provider: word('the name of a provider that Postern knows').optional(),
        issuer: z
          .url({ protocol: /^https$/, error: 'expected the address of an issuer: an https URL' })
          .max(1000, { error: 'expected the address of an issuer of at most 1000 characters' })
          .optional(),
        clientId: word('the client id that the provider gave').optional(),
        scopes: z.array(word('a scope'), { error: 'expected a list of scopes' }).max(50).optional(),
      },
      { error: (issue) => unknownKeys(issue) ?? 'expected { "kind": "oauth", "user": "…", "provider": "…" }' },
    ),
  ],
  { error: 'expected how the account signs in: { "kind": "pass-through" }, "stored" or "oauth" with a "user"' },
);

export const accountSchema = z.strictObject(
  {
    name: name('account'),
    signIn: signInSchema
      .meta({ description: 'Who signs in at the mail server: the mail program itself unless given.' })
      .optional(),
    relays: z.array(relaySchema, { error: 'expected a list of relays' }),
  },
  { error: (issue) => unknownKeys(issue) ?? 'expected an account: an object with name and relays' },
);

export const settingsSchema = z.strictObject(
  {
    /** How long a mail program is held while a certificate question waits for the person. */
    certificateDecisionSeconds: wholeNumber('seconds', 0, 600).default(25),
    /** One deadline for connect, TLS and greeting together. */
    connectTimeoutSeconds: wholeNumber('seconds', 1, 300).default(15),
    /** Refuse programs of other users of this computer, where the system tells who they are. */
    ownUserOnly: z.boolean({ error: 'expected true or false' }).default(true),
    /** Fetch the lists of revoked certificates that the servers' authorities publish. */
    revocationLists: z.boolean({ error: 'expected true or false' }).default(true),
    /** After a session has signed in, keep one verified connection for the relay's next one, for less than a minute. */
    spareConnections: z.boolean({ error: 'expected true or false' }).default(false),
    /** Sessions open at the same time, all relays together. */
    maxConnections: wholeNumber('a number of connections', 1, 10_000).default(500),
    /** `trace` adds the protocol lines of the sign-in phase, with every secret replaced. */
    logLevel: z
      .enum(['error', 'warn', 'info', 'trace'], { error: 'expected "error", "warn", "info" or "trace"' })
      .default('info'),
  },
  { error: (issue) => unknownKeys(issue) ?? 'expected an object with settings' },
);

export const configurationSchema = z
  .strictObject(
    {
      $schema: z.string({ error: 'expected the address of a schema' }).optional(),
      version: z.literal(1, { error: 'expected 1, the version of this format' }),
      accounts: z.array(accountSchema, { error: 'expected a list of accounts' }),
      certificateAuthorities: z
        .array(path('the path of a PEM file'), { error: 'expected a list of paths of PEM files' })
        .default([]),
      notify: notifySchema
        .meta({ description: 'Tells a person of what waits for them, where "postern run" has no window.' })
        .optional(),
      settings: settingsSchema.prefault({}),
    },
    { error: (issue) => unknownKeys(issue) ?? 'expected an object with version and accounts' },
  )
  .check((context) => {
    const { accounts } = context.value;
    const refuse = (path: (string | number)[], message: string) =>
      context.issues.push({ code: 'custom', path, message, input: context.value });
    const accountNames = new Map<string, number>();
    const relayNames = new Map<string, string>();
    const taken = new Map<string, string>();
    accounts.forEach((account, a) => {
      const twin = accountNames.get(account.name);
      if (twin !== undefined) {
        refuse(
          ['accounts', a, 'name'],
          `expected a name of its own; accounts[${twin}] has the name "${account.name}" already`,
        );
      }
      accountNames.set(account.name, a);
      for (const [path, message] of signInFaults(account)) refuse(['accounts', a, ...path], message);
      account.relays.forEach((relay, r) => {
        const here = `accounts[${a}].relays[${r}]`;
        const sameName = relayNames.get(relay.name);
        if (sameName) {
          refuse(
            ['accounts', a, 'relays', r, 'name'],
            `expected a name of its own; ${sameName} has the name "${relay.name}" already`,
          );
        }
        relayNames.set(relay.name, here);
        for (const [path, message] of lanFaults(relay)) refuse(['accounts', a, 'relays', r, ...path], message);
        const everywhere = parseListenEverywhere(relay.listen) !== null;
        if (everywhere && relay.proxyProtocol === undefined) {
          refuse(['accounts', a, 'relays', r, 'listen'], listenError.error);
        }
        if (!everywhere && relay.proxyProtocol?.some((entry) => entry.includes('/'))) {
          refuse(
            ['accounts', a, 'relays', r, 'proxyProtocol'],
            'expected single addresses; a net is for a relay that listens on all addresses',
          );
        }
        for (const { address, port } of listenPlaces(relay)) {
          if (port === 0) continue;
          const place = `${address} port ${port}`;
          const holder = taken.get(place);
          if (holder && holder !== here) {
            refuse(
              ['accounts', a, 'relays', r, 'listen'],
              `expected a port of its own; ${holder} listens on ${place} already`,
            );
          }
          taken.set(place, here);
        }
      });
    });
  });

/** The file as a person may write it: what has a default may be left out. */
export type ConfigurationInput = z.input<typeof configurationSchema>;
/** The configuration in force, defaults filled in. */
export type Configuration = z.output<typeof configurationSchema>;
export type AccountConfiguration = Configuration['accounts'][number];
export type RelayConfiguration = AccountConfiguration['relays'][number];
export type Settings = Configuration['settings'];
/** How an account signs in. */
export type SignIn = z.output<typeof signInSchema>;
/** Accounts that Postern signs in for the mail program. */
export type OwnSignIn = Exclude<SignIn, { kind: 'pass-through' }>;

/** What Postern signs in with for the mail program, or null where the program does so itself. */
export function ownSignIn({ signIn }: Pick<AccountConfiguration, 'signIn'>): OwnSignIn | null {
  return signIn === undefined || signIn.kind === 'pass-through' ? null : signIn;
}

/** Conflicts between an account's sign-in and its relays. */
function* signInFaults({ signIn, relays }: Pick<AccountConfiguration, 'signIn' | 'relays'>) {
  const own = ownSignIn({ signIn });
  if (own?.kind === 'oauth' && (own.provider === undefined) === (own.issuer === undefined)) {
    const message = 'expected either "provider" or "issuer"; one of them says where you sign in, and it takes just one';
    yield [['signIn'], message] as const;
  }
  for (const [r, { admit, protocol }] of relays.entries()) {
    const path = ['relays', r, 'admit'] as const;
    if (admit !== undefined && !own) {
      const message =
        'expected no "admit" here; it takes a "signIn" of the kind "stored" or "oauth". Otherwise the mail program signs in at the server by itself';
      yield [path, message] as const;
    } else if (admit === 'no-password' && protocol !== 'smtp') {
      const message =
        'expected "password"; only sending (SMTP) can go without, or whoever connects could read the mail';
      yield [path, message] as const;
    }
  }
}

/** Conflicts between a relay's address and whom it serves. */
function* lanFaults({ listen, lan, protocol, admit, proxyProtocol }: RelayConfiguration) {
  const places = parseListen(listen);
  if (!lan) {
    if (places && !listensHereOnly(places)) yield [['listen'], listenExpected] as const;
    return;
  }
  if (places && listensHereOnly(places) && !proxyProtocol) {
    const message =
      'expected a private address of this computer beside "lan"; at a loopback address no other computer arrives';
    yield [['listen'], message] as const;
  }
  if (protocol !== 'smtp' && lan.reading !== true) {
    const message =
      'expected true where devices read mail (IMAP, POP3, NNTP); passwords and mail cross the local network in plaintext';
    yield [['lan', 'reading'], message] as const;
  }
  if (admit === 'no-password' && !lan.senders) {
    const message =
      'expected the senders to let through beside "no-password"; without them, whoever takes a device\'s address could send as anybody';
    yield [['lan', 'senders'], message] as const;
  }
  for (const key of ['senders', 'recipientsPerHour'] as const) {
    if (protocol === 'smtp' || lan[key] === undefined) continue;
    yield [['lan', key], `expected no "${key}" here; it bounds what is sent (SMTP)`] as const;
  }
}

/** The message for keys that the format does not have; undefined for any other issue. */
function unknownKeys(issue: { code?: string | undefined; keys?: string[] }): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  const keys = (issue.keys ?? []).map((key) => JSON.stringify(key)).join(', ');
  return `unknown key ${keys}; look for a typing error, or remove it`;
}

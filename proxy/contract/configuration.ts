import * as z from 'zod';
import { balancerPrefix } from './balancers.ts';
import { hostName, name, oneOf, path, unknownKeys, wholeNumber } from './configuration-fields.ts';
import { lanSchema, reading } from './lan-configuration.ts';
import {
  listenPattern,
  listenPlaces,
  listensHereOnly,
  listensInTls,
  parseListen,
  parseListenEverywhere,
} from './listen-address.ts';
import { localTlsOf } from './local-tls.ts';
import { notifySchema } from './notify.ts';
import { protocols, referralChoices, tlsModes } from './protocol.ts';
import { protocolFacts } from './protocol-facts.ts';
import { settingsSchema } from './settings.ts';
import { admissions, signInFaults, signInSchema } from './sign-in-configuration.ts';

/**
 * The configuration file (`config.json`). Relied on from outside: add keys, never rename.
 * Rules that span several keys (duplicates, devices) live here too, so that the window and the loader agree.
 */

const listenExpected =
  'expected a loopback address and port such as "127.0.0.1:1143" or "[::1]:1143", or a bare port; other computers are served with "lan" alone, at one private address of this computer (a link-local one with its zone: "[fe80::1%eth0]:587"), never at a public one, and at all of them only behind a balancer ("proxyProtocol")';
const listenError = { error: listenExpected };

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
    referrals: z
      .enum(referralChoices, { error: 'expected "remove" or "refuse"' })
      .meta({
        description:
          'LDAP: whether a referral to a server without TLS is taken out of the answer ("remove", unless given) or ends the session ("refuse").',
      })
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
    for (const [path, message] of faultsAcross(context.value.accounts)) {
      context.issues.push({ code: 'custom', path: ['accounts', ...path], message, input: context.value });
    }
  });

/** The file as a person may write it: what has a default may be left out. */
export type ConfigurationInput = z.input<typeof configurationSchema>;
/** The configuration in force, defaults filled in. */
export type Configuration = z.output<typeof configurationSchema>;
export type AccountConfiguration = Configuration['accounts'][number];
export type RelayConfiguration = AccountConfiguration['relays'][number];

/** What is wrong with a key, by its path, and what was expected. */
type Fault = readonly [path: readonly (string | number)[], message: string];

/** Conflicts among all accounts, and within each of them. */
function* faultsAcross(accounts: readonly z.output<typeof accountSchema>[]): Generator<Fault> {
  const accountNames = new Map<string, string>();
  const relayNames = new Map<string, string>();
  const ports = new Map<string, string>();
  for (const [a, account] of accounts.entries()) {
    const twin = holderOf(accountNames, account.name, `accounts[${a}]`);
    if (twin) yield [[a, 'name'], nameTaken(account.name, twin)];
    for (const [path, message] of signInFaults(account)) yield [[a, ...path], message];
    for (const [r, relay] of account.relays.entries()) {
      const here = `accounts[${a}].relays[${r}]`;
      const sameName = holderOf(relayNames, relay.name, here);
      if (sameName) yield [[a, 'relays', r, 'name'], nameTaken(relay.name, sameName)];
      for (const [path, message] of [...lanFaults(relay), ...balancerFaults(relay), ...referralFaults(relay)]) {
        yield [[a, 'relays', r, ...path], message];
      }
      for (const { address, port } of listenPlaces(relay)) {
        const place = `${address} port ${port}`;
        const holder = port === 0 ? null : holderOf(ports, place, here);
        if (holder && holder !== here) {
          yield [[a, 'relays', r, 'listen'], `expected a port of its own; ${holder} listens on ${place} already`];
        }
      }
    }
  }
}

/** Returns who has claimed a value before, and records the new claim. */
function holderOf(taken: Map<string, string>, what: string, by: string): string | null {
  const holder = taken.get(what) ?? null;
  taken.set(what, by);
  return holder;
}

function nameTaken(name: string, by: string): string {
  return `expected a name of its own; ${by} has the name "${name}" already`;
}

/** Conflicts between the addresses that a relay listens on and the balancers in front of it. */
function* balancerFaults({ listen, proxyProtocol }: RelayConfiguration): Generator<Fault> {
  const everywhere = parseListenEverywhere(listen) !== null;
  if (everywhere && proxyProtocol === undefined) yield [['listen'], listenExpected];
  if (!everywhere && proxyProtocol?.some((entry) => entry.includes('/'))) {
    const message = 'expected single addresses; a net is for a relay that listens on all addresses';
    yield [['proxyProtocol'], message];
  }
}

/** Conflicts with settings that only LDAP has. */
function* referralFaults({ protocol, referrals }: RelayConfiguration) {
  if (referrals === undefined || protocol === 'ldap') return;
  yield [['referrals'], 'expected no "referrals" here; only a directory (LDAP) has them'] as const;
}

/** What it means that devices read mail, by the TLS that they find. */
const readingMeans = {
  off: 'passwords and mail cross the local network in plaintext',
  offer: 'passwords and mail cross the local network in plaintext unless the device asks for TLS',
  require: 'whoever gets hold of a listed device and its password reads mail with it',
  implicit: 'whoever gets hold of a listed device and its password reads mail with it',
};

/** Conflicts between a relay's address and whom it serves. */
function* lanFaults({ listen, lan, protocol, admit, proxyProtocol }: RelayConfiguration) {
  const places = parseListen(listen);
  if (!lan && listensInTls(listen)) {
    const message =
      'expected no "tls://" here; what stays on this computer needs no TLS. It is for the devices of a relay with "lan"';
    yield [['listen'], message] as const;
  }
  if (!lan) {
    if (places && !listensHereOnly(places)) yield [['listen'], listenExpected] as const;
    return;
  }
  if (places && listensHereOnly(places) && !proxyProtocol) {
    const message =
      'expected a private address of this computer beside "lan"; at a loopback address no other computer arrives';
    yield [['listen'], message] as const;
  }
  const sends = protocolFacts[protocol].purpose === 'outgoing';
  if (!sends && lan.reading !== true) {
    const message = `expected true where devices read mail (${reading.join(', ')}); ${readingMeans[localTlsOf({ lan, listen })]}`;
    yield [['lan', 'reading'], message] as const;
  }
  if (admit === 'no-password' && !lan.senders) {
    const message =
      'expected the senders to let through beside "no-password"; without them, whoever takes a device\'s address could send as anybody';
    yield [['lan', 'senders'], message] as const;
  }
  if (listensInTls(listen) && (lan.localTls === 'off' || lan.localTls === 'offer')) {
    const message = 'expected "require", or no "localTls"; with "tls://" in front of "listen" there is nothing but TLS';
    yield [['lan', 'localTls'], message] as const;
  }
  if (lan.oldTls && localTlsOf({ lan, listen }) === 'off') {
    const message = 'expected no "oldTls" beside "localTls": "off"; it says which TLS devices may use';
    yield [['lan', 'oldTls'], message] as const;
  }
  for (const key of ['senders', 'recipientsPerHour'] as const) {
    if (sends || lan[key] === undefined) continue;
    yield [['lan', key], `expected no "${key}" here; it bounds what is sent (SMTP)`] as const;
  }
}

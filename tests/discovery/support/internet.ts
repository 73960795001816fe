import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';
import { httpExchange } from '../../../main/http-exchange.ts';
import type { Protocol, TlsMode } from '../../../proxy/contract/index.ts';
import { protocolFacts } from '../../../proxy/contract/index.ts';
import { createDns } from '../../../proxy/discovery/dns.ts';
import type { DiscoveryContext } from '../../../proxy/discovery/inquiry.ts';
import { createStrictDesk } from '../../../proxy/discovery/strict-desk.ts';
import type { Resolve } from '../../../proxy/net/dial.ts';
import { createTlsContexts } from '../../../proxy/trust/tls/secure-upstream.ts';
import { atEnd, scratchDirectory } from '../../support/clean-up.ts';
import { type FakeUpstream, type FakeUpstreamOptions, startFakeUpstream } from '../../support/fake-upstream.ts';
import { needProgram, needRoot } from '../../support/needs.ts';
import { createAuthority, type Identity, issue } from '../../support/pki.ts';
import { noneBuiltIn } from '../../support/roots.ts';
import { startService } from '../../support/service.ts';

/**
 * A small internet on loopback: a real name server on port 53, mail servers and web servers on their usual ports, each
 * host with an address of its own in 127.0.0.0/8, all with certificates of one test authority.
 */
export interface Internet {
  readonly authority: Identity;
  /** The name server's address. */
  readonly nameServer: string;
  readonly resolve: Resolve;
  /** What a search needs to run in it. */
  context(more?: Partial<DiscoveryContext>): DiscoveryContext;
  /** A new host with these names; DNS knows them from {@link start} on. @returns its address */
  host(...names: string[]): string;
  /** A line of the name server's configuration, in dnsmasq's words. */
  record(line: string): void;
  srv(name: string, target: string, port: number, priority?: number, weight?: number): void;
  mx(domain: string, host: string, priority?: number): void;
  /** A mail server on the usual port of a new host. */
  mail(
    name: string,
    protocol: Protocol,
    tls: TlsMode,
    more?: Partial<FakeUpstreamOptions> & { names?: string[] },
  ): Promise<FakeUpstream>;
  /** A web server on port 443 of a new host with these names. @returns the requested paths */
  web(names: string[], answer: RequestListener, identity?: Identity): Promise<string[]>;
  /** The same without TLS, on port 80 of an existing host. */
  plainWeb(address: string, answer: RequestListener): Promise<string[]>;
  /** Starts the name server, with every record so far. */
  start(): Promise<void>;
}

/** Keeps the parallel test processes apart. */
const pool = Number(process.env.VITEST_POOL_ID ?? 0) % 50;
let nets = 0;

export function createInternet(): Internet {
  nets += 1;
  const prefix = `127.${150 + pool}.${nets}`;
  const nameServer = `${prefix}.253`;
  const authority = createAuthority();
  const lines: string[] = [];
  const addresses = new Map<string, string>();
  const resolver = new Resolver({ timeout: 10_000, tries: 3 });
  resolver.setServers([nameServer]);
  let last = 0;
  const resolve: Resolve = (host) => resolver.resolve4(host);

  const internet: Internet = {
    authority,
    nameServer,
    resolve,
    context: (more) => ({
      dns: createDns([nameServer]),
      resolve,
      exchange: httpExchange,
      tlsContext: createTlsContexts({
        authorities: [authority.certPem],
        clientCertificates: new Map(),
        builtIn: noneBuiltIn,
      }).of(''),
      desk: createStrictDesk(() => new Date(), null),
      tryMilliseconds: 30_000,
      searchMilliseconds: 240_000,
      ...more,
    }),
    host(...names) {
      const known = names.map((name) => addresses.get(name)).find((address) => address !== undefined);
      if (known === undefined) last += 1;
      const address = known ?? `${prefix}.${last}`;
      for (const name of names) {
        if (!addresses.has(name)) lines.push(`host-record=${name},${address}`);
        addresses.set(name, address);
      }
      return address;
    },
    record: (line) => lines.push(line),
    srv: (name, target, port, priority = 0, weight = 0) =>
      lines.push(target === '.' ? `srv-host=${name}` : `srv-host=${name},${target},${port},${priority},${weight}`),
    mx: (domain, host, priority = 10) => lines.push(`mx-host=${domain},${host},${priority}`),
    async mail(name, protocol, tls, { names = [name], ...more } = {}) {
      needRoot();
      const host = internet.host(name);
      const identity = more.identity ?? issue(authority, { names });
      return startFakeUpstream({ protocol, tls, identity, host, port: protocolFacts[protocol].ports[tls], ...more });
    },
    async web(names, answer, identity = issue(authority, { names })) {
      needRoot();
      const asked: string[] = [];
      const server = createHttpsServer({ cert: identity.chainPem, key: identity.keyPem }, (request, response) => {
        asked.push(request.url ?? '');
        answer(request, response);
      });
      server.listen(443, internet.host(...names));
      await once(server, 'listening');
      atEnd(() => closed(server));
      return asked;
    },
    async plainWeb(address, answer) {
      needRoot();
      const asked: string[] = [];
      const server = createHttpServer((request, response) => {
        asked.push(request.url ?? '');
        answer(request, response);
      });
      server.listen(80, address);
      await once(server, 'listening');
      atEnd(() => closed(server));
      return asked;
    },
    async start() {
      needRoot();
      const file = join(scratchDirectory('dns'), 'dnsmasq.conf');
      // No other name server is queried, and nothing about this computer is revealed.
      const fixed = [
        'port=53',
        `listen-address=${nameServer}`,
        'bind-interfaces',
        'no-resolv',
        'no-hosts',
        'local=/#/',
      ];
      writeFileSync(file, `${[...fixed, ...lines].join('\n')}\n`);
      await startService(needProgram('dnsmasq'), ['--no-daemon', '--user=root', `--conf-file=${file}`], {
        isReady: () => resolver.resolve4('no-such-name.test').then(() => true, isAbsence),
      });
    },
  };
  return internet;
}

function isAbsence(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ENOTFOUND' || error.code === 'ENODATA';
}

function closed(server: { close(done: () => void): unknown; closeAllConnections(): void }): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** One server in a settings file. */
export interface FileServer {
  type: string;
  hostname: string;
  port: number;
  socketType: string;
  authentication?: string[];
  username?: string;
}

/** A settings file in Mozilla's format. */
export function settingsFile(domain: string | null, servers: readonly FileServer[]): string {
  const elements = servers.map(
    ({ type, hostname, port, socketType, authentication = ['password-cleartext'], username = '%EMAILADDRESS%' }) => {
      const name = type === 'smtp' ? 'outgoingServer' : 'incomingServer';
      const ways = authentication.map((way) => `<authentication>${way}</authentication>`).join('');
      return `<${name} type="${type}"><hostname>${hostname}</hostname><port>${port}</port><socketType>${socketType}</socketType><username>${username}</username>${ways}</${name}>`;
    },
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1"><emailProvider id="test">${domain === null ? '' : `<domain>${domain}</domain>`}
${elements.join('\n')}
</emailProvider></clientConfig>`;
}

/** Answers every question with this text. */
export function saying(text: string, status = 200): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'text/xml' });
    response.end(text);
  };
}

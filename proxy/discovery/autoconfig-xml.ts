import { SaxesParser } from 'saxes';
import type { Protocol, TlsMode } from '../contract/index.ts';
import { type EmailAddress, isHostName } from './address.ts';

/** What a provider's autoconfig file says. */
export interface AutoconfigFile {
  /** In the file's order. */
  servers: {
    protocol: Protocol;
    server: string;
    port: number;
    tls: TlsMode;
    user: string | null;
    oauthOnly: boolean;
  }[];
  /** Names of servers that it wants used without encryption: those are never offered. */
  plaintext: string[];
  /** Whether it says that it is for the address's domain, or does not say for which. */
  forThisDomain: boolean;
}

/** The text is not a usable autoconfig file. The message completes "The file …" and contains none of its text. */
export class UnusableAutoconfig extends Error {
  override readonly name = 'UnusableAutoconfig';
}

/** A real file nests five deep and names a dozen servers. */
const deepest = 20;
const maxServers = 20;
const maxTextLength = 1_000;
/** An address has 254 octets at the most (RFC 5321 §4.5.3.1.3). */
const maxUserLength = 320;

const kinds: Record<string, Protocol> = { imap: 'imap', pop3: 'pop3', smtp: 'smtp' };

interface Element {
  name: string;
  attributes: Record<string, string>;
  text: string;
  children: Element[];
}

/**
 * Reads Mozilla's autoconfig format (`clientConfig` version 1.1).
 *
 * The parser knows XML's five entities and no others; a document type declaration, which could define more or lead to
 * other files, is refused outright.
 *
 * @throws UnusableAutoconfig
 */
export function parseAutoconfig(xml: string, who: EmailAddress): AutoconfigFile {
  const provider = parseTree(xml)
    .filter(({ name }) => name === 'clientConfig')
    .flatMap(({ children }) => children)
    .find(({ name }) => name === 'emailProvider');
  if (!provider) throw new UnusableAutoconfig('says nothing about mail servers.');
  const fill = (text: string) =>
    text
      .replaceAll('%EMAILADDRESS%', who.address)
      .replaceAll('%EMAILLOCALPART%', who.local)
      .replaceAll('%EMAILDOMAIN%', who.domain);
  const file: AutoconfigFile = { servers: [], plaintext: [], forThisDomain: true };
  const domains = provider.children.filter(({ name }) => name === 'domain').map(({ text }) => fill(text).toLowerCase());
  file.forThisDomain = domains.length === 0 || domains.includes(who.domain);

  for (const { name, attributes, children } of provider.children) {
    if (name !== 'incomingServer' && name !== 'outgoingServer') continue;
    const protocol = Object.hasOwn(kinds, attributes.type ?? '') ? kinds[attributes.type ?? ''] : undefined;
    if (!protocol || (protocol === 'smtp') !== (name === 'outgoingServer')) continue;
    const textOf = (child: string) => children.find((each) => each.name === child)?.text.trim() ?? '';
    const server = fill(textOf('hostname')).toLowerCase().replace(/\.$/, '');
    const port = /^\d{1,5}$/.test(textOf('port')) ? Number(textOf('port')) : 0;
    if (!isHostName(server) || port < 1 || port > 65_535) continue;
    const socketType = textOf('socketType').toUpperCase();
    const tls = socketType === 'SSL' ? 'implicit' : socketType === 'STARTTLS' ? 'starttls' : null;
    if (!tls) {
      if (socketType === 'PLAIN' && !file.plaintext.includes(server)) file.plaintext.push(server);
      continue;
    }
    const ways = children.filter((each) => each.name === 'authentication').map(({ text }) => text.trim());
    const user = fill(textOf('username'));
    file.servers.push({
      protocol,
      server,
      port,
      tls,
      user: isUserName(user) ? user : null,
      oauthOnly: ways.length > 0 && ways.every((way) => way === 'OAuth2'),
    });
    if (file.servers.length >= maxServers) break;
  }
  return file;
}

/** Whether it is a text that can be typed, with every placeholder filled in. */
function isUserName(text: string): boolean {
  return text !== '' && text.length <= maxUserLength && !/[\p{Cc}\p{Cf}%]/u.test(text);
}

/** @returns the top elements @throws UnusableAutoconfig */
function parseTree(xml: string): Element[] {
  const top: Element = { name: '', attributes: {}, text: '', children: [] };
  const open = [top];
  const parser = new SaxesParser();
  parser.on('error', () => {
    throw new UnusableAutoconfig('is not well-formed XML.');
  });
  parser.on('doctype', () => {
    throw new UnusableAutoconfig('has a document type declaration, which no honest one needs.');
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length > deepest) throw new UnusableAutoconfig('is nested too deep.');
    const element = { name, attributes: attributes as Record<string, string>, text: '', children: [] };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element && element.text.length < maxTextLength) element.text += text.slice(0, maxTextLength);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(xml).close();
  return top.children;
}

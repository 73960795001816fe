import { quoted } from '../../proxy/config/configuration-error.ts';
import {
  type CommandInput,
  type Protocol,
  protocolFacts,
  protocols,
  type TlsMode,
  tlsModes,
  usualAtPort,
} from '../../proxy/contract/index.ts';
import { UsageError } from './command.ts';

export type Place = CommandInput<'addAccount'>['servers'][number];

/** What `--server` takes: `imap=mail.example.org`, `imap=mail.example.org:1993,implicit`, `smtp=[2001:db8::1]:587`. */
const form = /^([a-z0-9]+)=(\[[^\]]*\]|[^:,[\]]+)(?::(\d+))?(?:,([a-z]+))?$/i;

/**
 * Reads one `--server`. Without a port, it is the protocol's usual one; without a kind of TLS, the one that is usual at that
 * port.
 *
 * @throws {UsageError} naming the mistake, with an example
 */
export function readServer(text: string): Place {
  const [, kind = '', host = '', digits, given] = form.exec(text) ?? [];
  const protocol = protocols.find((each) => each === kind.toLowerCase());
  if (!protocol) {
    throw new UsageError(
      `--server expects ${alternatives(protocols)}, then the server, such as imap=mail.example.org:993, found ${quoted(text)}.`,
    );
  }
  const tls = tlsModes.find((each) => each === given?.toLowerCase());
  if (given !== undefined && tls === undefined) {
    throw new UsageError(`After the comma, --server expects ${alternatives(tlsModes)}, found ${quoted(given)}.`);
  }
  const port =
    digits === undefined ? protocolFacts[protocol].ports[tls ?? protocolFacts[protocol].usualMode] : Number(digits);
  if (port < 1 || port > 65_535) {
    throw new UsageError(`--server expects a port from 1 to 65535, found ${quoted(digits ?? '')} in ${quoted(text)}.`);
  }
  return { protocol, server: host.replace(/^\[|\]$/g, ''), port, tls: tls ?? modeAt(protocol, port) };
}

function modeAt(protocol: Protocol, port: number): TlsMode {
  const usual = usualAtPort[port];
  if (usual?.protocol === protocol) return usual.tls;
  throw new UsageError(
    `Port ${port} is not a usual one for ${protocolFacts[protocol].name}: add ",implicit" if TLS begins at once there, or ",starttls".`,
  );
}

function alternatives(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

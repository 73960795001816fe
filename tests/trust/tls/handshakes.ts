import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { Refused } from '../../../proxy/net/refused.ts';
import { CertificateQuestioned, createTlsContexts, secureUpstream } from '../../../proxy/trust/tls/secure-upstream.ts';
import { noneBuiltIn } from '../../support/roots.ts';

// Performs the product's own TLS handshake with each server listed on standard input, and writes the outcomes.

interface Input {
  trusted: string;
  servers: { name: string; port: number }[];
  /** With a ClientHello that fits into one packet. */
  small?: boolean;
}

async function outcome(port: number, trusted: string, small: boolean): Promise<unknown> {
  const contexts = createTlsContexts({ authorities: [trusted], clientCertificates: new Map(), builtIn: noneBuiltIn });
  const transport = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
  transport.on('error', () => {});
  await once(transport, 'connect');
  const desk = {
    now: () => new Date(),
    decide: (_subject: unknown, { problems }: { problems: readonly string[] }) =>
      problems.length === 0
        ? { kind: 'accept', trust: { kind: 'verified' } }
        : {
            kind: 'refuse',
            reason: 'certificate-rejected',
            finding: { code: 'certificate-unreadable', facts: { problems } },
          },
    hold: () => ({ withdrawn: new AbortController().signal, release: () => {} }),
    revocations: null,
  };
  try {
    const { protection, socket } = await secureUpstream(
      transport,
      { account: 'Work', relay: 'work', server: 'mail.example.org', port: 993 },
      small ? contexts.of('work').onePacket : contexts.of('work'),
      desk as never,
      AbortSignal.timeout(30_000),
    );
    socket.destroy();
    return { tls: protection.tlsVersion, cipher: protection.cipher };
  } catch (error) {
    if (error instanceof Refused) {
      const cause = error.cause as { code?: string; message?: string } | undefined;
      return { reason: error.reason, message: error.message, problems: error.problems, code: cause?.code ?? null };
    }
    if (error instanceof CertificateQuestioned) return { asked: true };
    return { error: String(error) };
  }
}

const { trusted, servers, small = false } = JSON.parse(await text(process.stdin)) as Input;
const outcomes: Record<string, unknown> = {};
for (const { name, port } of servers) outcomes[name] = await outcome(port, trusted, small);
process.stdout.write(JSON.stringify(outcomes));
process.exit(0);

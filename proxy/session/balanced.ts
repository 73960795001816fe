import type { LineChannel } from '../net/line-channel.ts';
import { Refused } from '../net/refused.ts';
import { type ProxySource, readProxyHeader } from '../protocols/proxy-header.ts';

/** A balancer sends its header with the connection; the specification recommends at least three seconds (§2). */
const headerWithin = 5_000;

/**
 * Reads and removes the PROXY protocol header that a balancer has to send before anything else.
 *
 * @param lines what arrives on the connection, from its start
 * @param milliseconds how long it may take in total
 * @returns who connected to the balancer, where the header says so
 * @throws {Refused} there is none, it is broken or too long, or it did not come
 */
export async function takeProxyHeader(
  lines: LineChannel,
  milliseconds: number = headerWithin,
): Promise<ProxySource | null> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(refused('late')), milliseconds);
  try {
    for (;;) {
      const bytes = lines.peek();
      const header = readProxyHeader(bytes);
      if (header.kind === 'header') {
        await lines.readExactly(header.length, late.signal);
        return header.source;
      }
      if (header.kind === 'invalid') throw refused(header.problem);
      if (lines.ended) throw refused(bytes.length === 0 ? 'missing' : 'broken');
      await lines.arrival(late.signal, bytes.length);
    }
  } finally {
    clearTimeout(timer);
  }
}

function refused(problem: 'missing' | 'too-long' | 'broken' | 'late'): Refused {
  return new Refused('proxy-header-invalid', { code: 'proxy-header-invalid', facts: { problem } });
}

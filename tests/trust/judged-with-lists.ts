import { type JudgedPath, judge, type Presentation } from '../../proxy/trust/judging/judge.ts';
import type { Anchors } from '../../proxy/trust/judging/path.ts';
import { createKnownLists, type Link } from '../../proxy/trust/revocation/known-lists.ts';
import { UnusableList } from '../../proxy/trust/revocation/revocation-list.ts';
import type { Certificate } from '../../proxy/trust/x509/certificate.ts';

/** The product's own result for a test case that brings lists of revoked certificates. */
export interface JudgedWithLists {
  judged: JudgedPath;
  /** Whether lists show that every certificate of the path is good; `unknown` if no list does for one of them. */
  standing: 'good' | 'revoked' | 'unknown';
}

/**
 * Judges a presentation with these lists, each as if it had been fetched for every certificate of the path.
 *
 * @param ders the lists, DER
 */
export async function judgedWithLists(
  presentation: Presentation,
  anchors: Anchors,
  ders: readonly Uint8Array[],
): Promise<JudgedWithLists> {
  const lists = createKnownLists({ read: async () => null, write: async () => {} });
  const at = Math.floor(presentation.now / 1000);
  const urls = ders.map((_, index) => `http://lists.test/${index}`);
  const revoked = new Map<string, number>();
  const name = (issuer: Certificate, serial: Buffer) => `${issuer.publicKeyFingerprint} ${serial.toString('hex')}`;

  async function standingOf(link: Link): Promise<'good' | 'revoked' | 'unknown'> {
    for (const [index, der] of ders.entries()) {
      await lists.take(link, urls[index] ?? '', Buffer.from(der), at).catch((error: unknown) => {
        if (!(error instanceof UnusableList)) throw error;
      });
    }
    const answer = await lists.ask(link, at);
    if (answer.kind === 'revoked') revoked.set(name(link.issuer, link.certificate.serial), answer.at);
    return answer.kind;
  }

  for (;;) {
    const judged = judge(
      { ...presentation, revoked: (issuer, serial) => revoked.get(name(issuer, serial)) ?? null },
      anchors,
    );
    const before = revoked.size;
    const links = judged.path.slice(0, -1).map((certificate, index) => ({
      certificate,
      issuer: judged.path[index + 1] ?? certificate,
      urls,
    }));
    const standings: JudgedWithLists['standing'][] = [];
    for (const link of links) standings.push(await standingOf(link));
    // Another path may avoid them: judge again as long as new revocations turn up.
    if (revoked.size > before) continue;
    const worst = (['revoked', 'unknown'] as const).find((standing) => standings.includes(standing));
    return { judged, standing: worst ?? (links.length === 0 ? 'unknown' : 'good') };
  }
}

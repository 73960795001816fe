import type { TLSSocket } from 'node:tls';
import { Refused } from '../../net/refused.ts';
import type { Revocations } from '../decisions/trust-desk.ts';
import type { JudgedPath, Presentation } from '../judging/judge.ts';
import type { Anchors } from '../judging/path.ts';
import { DerFault } from '../x509/der.ts';
import { ownChain, wholeList } from './presented-chain.ts';

/** The judge is loaded with the first server: start-up needs none of it. Importing a module again is not free. */
let judging: Promise<typeof import('../judging/judge.ts')> | undefined;

/**
 * Judges what the server has presented; searches all of it for a path, if the certificates that belong together lead to
 * none.
 *
 * @param socket whose handshake is over
 * @throws {Refused} when a certificate cannot be read
 */
export async function judgePresented(
  socket: TLSSocket,
  presentation: Omit<Presentation, 'chain'>,
  roots: Anchors,
  revocations: Pick<Revocations, 'complete'> | null,
): Promise<JudgedPath> {
  const first = await judged({ ...presentation, chain: ownChain(socket) }, roots, revocations);
  const chain = first.problems.length === 0 ? null : wholeList(socket);
  return chain ? judged({ ...presentation, chain }, roots, revocations) : first;
}

async function judged(
  presentation: Presentation,
  roots: Anchors,
  revocations: Pick<Revocations, 'complete'> | null,
): Promise<JudgedPath> {
  judging ??= import('../judging/judge.ts');
  const { judge } = await judging;
  try {
    const first = judge(presentation, roots);
    return (await revocations?.complete(first, (revoked) => judge({ ...presentation, revoked }, roots))) ?? first;
  } catch (error) {
    if (!(error instanceof DerFault)) throw error;
    const at = { server: presentation.server };
    throw new Refused('certificate-rejected', { code: 'certificate-unreadable' }, at, { cause: error });
  }
}

import { listensInTls } from './listen-address.ts';

/** How devices may use TLS to Postern; `offer` unless given. */
export const localTlsModes = ['off', 'offer', 'require'] as const;

/** TLS between devices and Postern: none, by STARTTLS, which may be needed before anything else, or from the first byte. */
export type LocalTls = (typeof localTlsModes)[number] | 'implicit';

/** What a relay's devices find; `off` for programs of this computer, whose leg never leaves it. */
export function localTlsOf({
  lan,
  listen,
}: {
  lan?: { localTls?: (typeof localTlsModes)[number] | undefined } | undefined;
  listen: string | number;
}): LocalTls {
  if (!lan) return 'off';
  return listensInTls(listen) ? 'implicit' : (lan.localTls ?? 'offer');
}

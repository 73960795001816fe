import type { Protocol, TlsMode } from './protocol.ts';

/** The ports for reading and submitting mail (RFC 8314 §3.2, §3.3; RFC 6409 §3.1; RFC 3501, RFC 1939). */
export const usualPorts: Record<Protocol, Record<TlsMode, number>> = {
  imap: { implicit: 993, starttls: 143 },
  pop3: { implicit: 995, starttls: 110 },
  smtp: { implicit: 465, starttls: 587 },
};

/**
 * What to expect at a port that is usual for mail. 25 is where servers pass mail on, and where old programs submit it.
 */
export const usualAtPort: Readonly<Record<number, { protocol: Protocol; tls: TlsMode }>> = {
  25: { protocol: 'smtp', tls: 'starttls' },
  ...Object.fromEntries(
    (Object.keys(usualPorts) as Protocol[]).flatMap((protocol) =>
      (['implicit', 'starttls'] as const).map((tls) => [usualPorts[protocol][tls], { protocol, tls }]),
    ),
  ),
};

import { setTimeout as wait } from 'node:timers/promises';
import type { ConsentStep } from '../contract/index.ts';
import type { ConsentRequest } from './consent-by-browser.ts';
import { ConsentFailed, IssuerAnswered } from './failures.ts';
import { createTokenEndpoint } from './token-endpoint.ts';

/** What a person needs on another machine. */
export type ShownCode = Omit<Extract<ConsentStep, { event: 'device' }>, 'event'>;

/** Bounds of the polling interval: more often would be a flood, less often than every five minutes is pointless. */
const shortestSeconds = 1;
const longestSeconds = 300;
/** Maximum lifetime of a code that is honoured: a day. */
const maxValidSeconds = 86_400;

/** How long to wait between two polls, in seconds. @param interval as the issuer wants it */
export function pollSeconds(interval: number): number {
  return Math.min(longestSeconds, Math.max(shortestSeconds, interval));
}

/** RFC 8628 §3.5: "the interval MUST be increased by 5 seconds". */
const slowerSeconds = 5;

/**
 * Asks for consent on another machine, by a code that a person types there (RFC 8628). For machines without a browser:
 * an attacker who gets somebody to type a code has their consent, and many organisations block it for that reason.
 *
 * @param show receives the address and the code
 * @throws ConsentFailed; or whatever the issuer's side fails with
 */
export async function consentByDevice(
  { issuer, client: findClient, scope, fetch, keep, signal }: ConsentRequest,
  show: (code: ShownCode) => void,
  now: () => Date,
): Promise<void> {
  if (issuer.server.device_authorization_endpoint === undefined) throw new ConsentFailed('no-device-way');
  const client = await findClient(null);
  const endpoint = await createTokenEndpoint(issuer, client, fetch, signal);
  const given = await endpoint.startDevice(scope);
  const valid = Math.min(given.expiresIn, maxValidSeconds) * 1000;
  const ends = performance.now() + valid;
  const expiresAt = new Date(now().getTime() + valid).toISOString();
  show({ url: given.url, code: given.userCode, expiresAt });
  let interval = given.interval;
  for (;;) {
    await wait(pollSeconds(interval) * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
    if (performance.now() > ends) throw new ConsentFailed('expired');
    try {
      return await keep(await endpoint.pollDevice(given.deviceCode), client);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof IssuerAnswered)) throw error;
      if (error.code === 'slow_down') interval += slowerSeconds;
      else if (error.code === 'expired_token') throw new ConsentFailed('expired');
      else if (error.code === 'access_denied' || error.code === 'authorization_declined')
        throw new ConsentFailed('denied');
      else if (error.code !== 'authorization_pending') throw error;
    }
  }
}

import type { IssuerContext, JudgedFetch } from './oauth/judged-fetch.ts';
import type { DecidingDesk } from './trust/tls/secure-upstream.ts';

export interface WebRequestContext extends Omit<IssuerContext, 'desk' | 'exchange'> {
  exchange: IssuerContext['exchange'] | undefined;
  now(): Date;
  revocations: DecidingDesk['revocations'];
  /** Whether the person has asked that no connections be made. */
  paused(): boolean;
}

/**
 * Requests to a web server of the person's choice, over TLS that is verified by the rules alone: nobody is asked about
 * it. What that needs is loaded with the first request.
 */
export function createWebRequest({ paused, now, revocations, exchange, ...context }: WebRequestContext): JudgedFetch {
  return async (url, options) => {
    if (paused()) throw new Error('Postern is paused and makes no connections.');
    if (!exchange) throw new Error('This Postern cannot speak to a web server.');
    const [{ createJudgedFetch }, { createStrictDesk }] = await Promise.all([
      import('./oauth/judged-fetch.ts'),
      import('./discovery/strict-desk.ts'),
    ]);
    return createJudgedFetch({ ...context, exchange, desk: createStrictDesk(now, revocations) })(url, options);
  };
}

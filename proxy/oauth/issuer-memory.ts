import { findIssuer, type Issuer, type IssuerChoice } from './issuer.ts';
import type { JudgedFetch } from './judged-fetch.ts';

/** The metadata of issuers, kept for an hour. */
export interface IssuerMemory {
  /** @throws as `findIssuer` */
  find(choice: IssuerChoice, signal?: AbortSignal): Promise<Issuer>;
  /** Asks again the next time: it may have moved. */
  forget(choice: IssuerChoice): void;
}

const keptMilliseconds = 3_600_000;

export function createIssuerMemory(fetch: JudgedFetch): IssuerMemory {
  const known = new Map<string, { issuer: Issuer; until: number }>();
  const keyOf = ({ provider, issuer }: IssuerChoice) => JSON.stringify([provider ?? null, issuer ?? null]);
  return {
    async find(choice, signal) {
      const key = keyOf(choice);
      const kept = known.get(key);
      if (kept && performance.now() < kept.until) return kept.issuer;
      const issuer = await findIssuer(choice, fetch, signal);
      known.set(key, { issuer, until: performance.now() + keptMilliseconds });
      return issuer;
    },
    forget: (choice) => void known.delete(keyOf(choice)),
  };
}

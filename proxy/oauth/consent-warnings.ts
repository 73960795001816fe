import type { Grant, OAuthSignIn } from './grant.ts';
import { oauthProvider } from './providers.ts';

const dayMilliseconds = 86_400_000;
/** How long before its end to warn about a consent that nobody uses: two weeks. */
const unusedNoticeDays = 14;
/** How long before the end to warn about one that expires in any case; at once if it lasts a week at most. */
const endNoticeDays = 3;
const shortDays = 8;

/**
 * Warnings about what will need a person soon, each a plain sentence.
 *
 * @param grant a valid consent
 */
export function consentWarnings(grant: Grant, { provider }: OAuthSignIn, now: Date): string[] {
  const row = provider === undefined ? null : oauthProvider(provider);
  const warnings: string[] = [];
  const { consentUntil, consentedAt, obtainedAt } = grant;
  if (consentUntil !== null) {
    const end = Date.parse(consentUntil);
    const short = end - Date.parse(consentedAt) <= shortDays * dayMilliseconds;
    if (short && row?.id === 'google') {
      warnings.push(
        `Google ends this consent on ${dateOf(end)}, since the project of your client id is in “Testing”. Publish it (docs/oauth.md), then sign in once more.`,
      );
    } else if (end - now.getTime() <= endNoticeDays * dayMilliseconds) {
      warnings.push(`The provider ends this consent on ${dateOf(end)}. Sign in once more before that.`);
    }
  }
  if (row?.unusedDays !== undefined) {
    const end = Date.parse(obtainedAt) + row.unusedDays * dayMilliseconds;
    if (end - now.getTime() <= unusedNoticeDays * dayMilliseconds) {
      warnings.push(
        `Nobody has used this consent since ${dateOf(Date.parse(obtainedAt))}. ${row.name} ends it on ${dateOf(end)} unless it is used.`,
      );
    }
  }
  return warnings;
}

/** Whether a consent must be used to keep it: half of the time after which an unused one expires is over. */
export function needsUse({ obtainedAt }: Grant, { provider }: OAuthSignIn, now: Date): boolean {
  const days = provider === undefined ? undefined : oauthProvider(provider)?.unusedDays;
  return days !== undefined && now.getTime() - Date.parse(obtainedAt) > (days / 2) * dayMilliseconds;
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

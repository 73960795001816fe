/**
 * The language of the catalogue. Dates and numbers follow it, in the person's own region if that uses the same
 * language.
 */
const language = 'en';

const preferred: readonly string[] = globalThis.navigator?.languages ?? [];

/** BCP 47. */
export const locale = preferred.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language;

/** The language of the catalogue, for plurals, lists and dates. A translation is another set of these files. */
const language = 'en-GB';

const plurals = new Intl.PluralRules(language);
const lists = new Intl.ListFormat(language, { type: 'conjunction' });

/** The forms of a noun by CLDR plural category. English has two; other languages have up to six. */
export type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** The form of a noun for a number: `day` for 1, `days` for 0 and 2. */
export function pluralForm(count: number, forms: PluralForms): string {
  return forms[plurals.select(count)] ?? forms.other;
}

/** `1 day`, `12 days`. */
export function counted(count: number, forms: PluralForms): string {
  return `${count} ${pluralForm(count, forms)}`;
}

/** A clause as a sentence begins: with a capital letter. */
export function begun(clause: string): string {
  return clause.charAt(0).toUpperCase() + clause.slice(1);
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  return lists.format(items);
}

/** A noun with its article: `a mail program`, `an address book`. */
export function a(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

const units: readonly [milliseconds: number, forms: PluralForms][] = [
  [365 * 86_400_000, { one: 'year', other: 'years' }],
  [86_400_000, { one: 'day', other: 'days' }],
  [3_600_000, { one: 'hour', other: 'hours' }],
  [60_000, { one: 'minute', other: 'minutes' }],
];

/** A length of time as a person says it, rounded down: "3 days", "1 year". Less than a minute counts as one. */
export function duration(milliseconds: number): string {
  for (const [length, forms] of units) {
    const count = Math.floor(milliseconds / length);
    if (count >= 1) return counted(count, forms);
  }
  return '1 minute';
}

/** The date of an instant, as it is written everywhere: `2026-11-19`. @param iso ISO 8601 */
export function day(iso: string): string {
  return iso.slice(0, 10);
}

/** A certificate that was verified before, and only its date is wrong now. @param on the day it was verified */
export function ownAtWrongTime(on: string): string {
  return `It is the certificate that was verified on ${on}; the clock of this computer seems wrong.`;
}

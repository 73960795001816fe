import type { LdapBind } from './ldap-message.ts';
import { code, op } from './ldap-operations.ts';
import { isMechanism, redacted } from './sasl-redaction.ts';

const names = new Map<number, string>(Object.entries(op).map(([name, tag]) => [tag, name]));
const codes = new Map<number, string>(Object.entries(code).map(([name, value]) => [value, name]));

/** A request as the trace may show it. Search terms are private, and a name may be a password. */
export function shownRequest(tag: number, bind: LdapBind | null): string {
  const name = names.get(tag) ?? redacted;
  if (!bind) return name;
  const { by, version } = bind;
  const way = by.kind === 'sasl' ? (isMechanism(by.mechanism) ? by.mechanism.toUpperCase() : redacted) : by.kind;
  return `${name} (version ${version}, ${way}) ${redacted}`;
}

/** An answer as the trace may show it: never the server's words, which may repeat what it was told. */
export function shownAnswer(tag: number, value: number | null): string {
  const name = names.get(tag) ?? redacted;
  return value === null ? name : `${name} ${value}${codes.has(value) ? ` (${codes.get(value)})` : ''}`;
}

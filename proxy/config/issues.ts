import type * as z from 'zod';
import {
  accountSchema,
  configurationSchema,
  isPrivate,
  lanKeys,
  notifyKeys,
  relaySchema,
  settingsSchema,
  signInSchema,
  webhookKeys,
} from '../contract/index.ts';
import { type ConfigurationIssue, pathText, quoted } from './configuration-error.ts';
import { isNear } from './near-word.ts';
import { ownAddresses } from './own-addresses.ts';

/**
 * The schema's findings in the words of the configuration: where, what was expected, what was found.
 *
 * @param raw what was checked, so that the value found can be named.
 */
export function configurationIssues(raw: unknown, error: Pick<z.ZodError, 'issues'>): ConfigurationIssue[] {
  const issues = error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue.path, key));
    const message = withFound(issue.message, valueAt(raw, issue.path));
    return [{ path: pathText(issue.path), message: `${message}${addressesToChoose(raw, issue.path)}` }];
  });
  // One value can break several rules; the first says enough.
  return issues.filter(({ path }, index) => issues.findIndex((other) => other.path === path) === index);
}

/** `expected A; because B` becomes `expected A, found X; because B`. */
function withFound(message: string, value: unknown): string {
  if (message.includes(', found ')) return message;
  const [expected, ...reasons] = message.split('; ');
  return [`${expected}, found ${described(value)}`, ...reasons].join('; ');
}

/** For a relay that serves devices and cannot listen where it is told to: where it can. */
function addressesToChoose(raw: unknown, path: readonly PropertyKey[]): string {
  if (path.at(-1) !== 'listen' || valueAt(raw, [...path.slice(0, -1), 'lan']) === undefined) return '';
  const choice = ownAddresses().filter((address) => isPrivate(address.replace(/%.*/, '')));
  return choice.length === 0
    ? '. This computer has no private address now'
    : `. This computer has ${choice.join(', ')} now`;
}

function described(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return value === '' ? 'an empty text' : quoted(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

function unknownKey(path: readonly PropertyKey[], key: string): ConfigurationIssue {
  const known = knownKeys(path);
  const meant = known.find((candidate) => isNear(key, candidate));
  const message = /passw|secret|token|credential/i.test(key)
    ? 'unknown key; no secret stands in this file. The mail program sends its own, or Postern keeps one in its vault ("signIn")'
    : meant !== undefined
      ? `unknown key; did you mean ${quoted(meant)}?`
      : `unknown key; expected only ${known.join(', ')}`;
  return { path: pathText([...path, key]), message };
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  const place = path.findLast((step) => typeof step === 'string');
  if (place === 'clientCertificate') return ['certificate', 'key'];
  if (place === 'lan') return lanKeys;
  if (place === 'notify') return notifyKeys;
  if (place === 'webhook') return webhookKeys;
  if (place === 'relays') return Object.keys(relaySchema.shape);
  if (place === 'signIn') return [...new Set(signInSchema.options.flatMap(({ shape }) => Object.keys(shape)))];
  if (place === 'accounts') return Object.keys(accountSchema.shape);
  if (place === 'settings') return Object.keys(settingsSchema.shape);
  return Object.keys(configurationSchema.shape);
}

import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import { accountSchema, type Configuration, configurationSchema, relaySchema } from '../contract/index.ts';

type Part = Record<string, unknown>;

/** What is left of a configuration, without its settings. */
export type SoundConfiguration = Pick<Configuration, 'accounts' | 'certificateAuthorities'>;

/** The keys of a relay that rules across several keys are about. */
const ruled = ['protocol', 'listen', 'lan', 'admit', 'proxyProtocol', 'referrals'] as const;

/** What stands for a missing or faulty value. It breaks no rule. */
const standIn = { protocol: 'imap', listen: 0, server: 'stand-in.invalid', port: 1, tls: 'implicit' };

/**
 * As much of a configuration as is sound in itself, with the rest replaced by values that conflict with nothing: the rules
 * across several values are asked only where each of them is sound, and one fault must not hide another until it is mended.
 * Accounts and relays keep their numbers.
 *
 * @param raw what was parsed, whatever it is
 * @returns the issues of these rules, and the sound accounts and authorities for what else there is to check
 */
export function checkSoundParts(raw: unknown): { issues: z.core.$ZodIssue[]; sound: SoundConfiguration } {
  const { certificateAuthorities, accounts } = objectOf(raw);
  const authorities = configurationSchema.shape.certificateAuthorities.safeParse(certificateAuthorities);
  const whole = {
    version: 1,
    accounts: listOf(accounts).map(accountPart),
    certificateAuthorities: authorities.data ?? [],
  };
  const { error } = configurationSchema.safeParse(whole);
  return { issues: error?.issues ?? [], sound: whole as unknown as SoundConfiguration };
}

function accountPart(raw: unknown): Part {
  const account = objectOf(raw);
  const { name = randomUUID(), signIn } = soundKeys(accountSchema.shape, account);
  const isKnown = signIn !== undefined || account.signIn === undefined;
  const relays = listOf(account.relays).map((relay) => relayPart(relay, isKnown));
  return { name, ...(signIn === undefined ? {} : { signIn }), relays };
}

/** @param isKnown whether it is known who signs in: otherwise nothing that depends on it is kept */
function relayPart(raw: unknown, isKnown: boolean): Part {
  const relay = objectOf(raw);
  const { admit, ...sound } = soundKeys(relaySchema.shape, relay);
  const part = { ...standIn, name: randomUUID(), ...sound, ...(isKnown && admit !== undefined ? { admit } : {}) };
  const isRuled = ruled.every(
    (key) => relay[key] === undefined || key in sound || (key === 'admit' && admit !== undefined),
  );
  if (isRuled && sound.protocol !== undefined && sound.listen !== undefined) return part;
  const { lan: _lan, proxyProtocol: _proxies, referrals: _referrals, admit: _admit, ...rest } = part as Part;
  return { ...rest, listen: standIn.listen };
}

function soundKeys(shape: Record<string, z.core.SomeType>, raw: Part): Part {
  const entries = Object.entries(shape).flatMap(([key, schema]) => {
    const parsed = raw[key] === undefined ? null : (schema as z.ZodType).safeParse(raw[key]);
    return parsed?.success ? [[key, parsed.data] as const] : [];
  });
  return Object.fromEntries(entries);
}

function objectOf(value: unknown): Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Part) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

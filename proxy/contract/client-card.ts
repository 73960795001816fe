import * as z from 'zod';
import { protocols } from './protocol.ts';
import { protocolFacts } from './protocol-facts.ts';

/**
 * A client card: how one mail program is told about an account, field by field in that program's own words. The cards
 * themselves are data (`assets/client-cards.json`); this is their form. They are filled in for an account by `filled-card.ts`.
 */

/** What a field settles. A card is complete when each of these that is needed is settled or declared missing. */
export const cardSettings = [
  'name',
  'address',
  'incoming-protocol',
  'incoming-server',
  'incoming-port',
  'incoming-security',
  'incoming-user',
  'incoming-password',
  'incoming-authentication',
  'outgoing-server',
  'outgoing-port',
  'outgoing-security',
  'outgoing-authentication',
  'outgoing-user',
  'outgoing-password',
  'news-server',
  'news-port',
  'news-security',
  'news-authentication',
  'news-user',
  'news-password',
  'address-book-server',
  'address-book-port',
  'address-book-security',
  'address-book-user',
  'address-book-password',
  'address-book-base',
] as const;
export type CardSetting = (typeof cardSettings)[number];

/**
 * What only the person knows. `user.encoded` is the user name as it is written inside a URL (RFC 3986 §3.2.1), `base` where
 * in a directory people are looked for.
 */
export const ownValues = ['name', 'address', 'user', 'user.encoded', 'password', 'base'] as const;
export type OwnValue = (typeof ownValues)[number];

/** Text in which what is in braces is one of these. */
const placeholders = new RegExp(
  `^(?:[^{}]|\\{(?:(?:${protocols.join('|')})\\.(?:host|port)|${ownValues.map((each) => each.replace('.', '\\.')).join('|')}|account)\\})*$`,
);

const text = z.string().min(1).max(400);
const onlyFor = z.array(z.enum(protocols)).min(1).optional();

/** What to know beforehand; as an object, only where the account is used with one of the protocols. */
const noteSchema = z
  .union([text, z.strictObject({ text, for: onlyFor })])
  .transform((note) => (typeof note === 'string' ? { text: note, for: undefined } : note));

const fieldSchema = z
  .strictObject({
    /** As the program spells it. */
    label: text,
    /** Only where the account is used with one of these protocols. */
    for: onlyFor,
    sets: z.array(z.enum(cardSettings)).min(1).optional(),
    /** What is typed there, `{imap.host}` and the like filled in. */
    type: z.string().max(400).regex(placeholders).optional(),
    /** What is chosen there, as the program spells it. */
    choose: text.optional(),
    /** A check box: on or off. */
    tick: z.boolean().optional(),
    note: text.optional(),
  })
  .refine((field) => [field.type, field.choose, field.tick].filter((each) => each !== undefined).length === 1, {
    error: 'expected one of "type", "choose" and "tick"',
  });

const stepSchema = z.strictObject({
  /** The way there through menus, windows and tabs. */
  where: z.array(text).min(1),
  for: onlyFor,
  note: text.optional(),
  fields: z.array(fieldSchema).min(1),
});

export const cardSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
  name: text,
  /** Other names that a person might look for. */
  alsoCalled: z.array(text).default([]),
  /** What the program can use of an account. */
  protocols: z.array(z.enum(protocols)).min(1),
  /**
   * Where the labels come from: `program`, seen in the program itself; `source`, its source code or a description of
   * its windows, named in `sources`; `partly`, only some of them; `no`, the most probable words.
   */
  checked: z.enum(['program', 'source', 'partly', 'no']),
  sources: z.array(text).default([]),
  /** Settings that this program does not have. */
  without: z.array(z.enum(cardSettings)).default([]),
  notes: z.array(noteSchema).default([]),
  steps: z.array(stepSchema).min(1),
});
export const cardsSchema = z.array(cardSchema);
export type ClientCard = z.output<typeof cardSchema>;

/** Whether a card is for a device, such as a scanner: something that only sends is no program for people. */
export function isDevice({ protocols }: Pick<ClientCard, 'protocols'>): boolean {
  return protocols.every((protocol) => protocolFacts[protocol].purpose === 'outgoing');
}

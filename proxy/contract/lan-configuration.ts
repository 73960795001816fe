import * as z from 'zod';
import { oneOf, unknownKeys, wholeNumber } from './configuration-fields.ts';
import { readNet } from './local-address.ts';
import { localTlsModes } from './local-tls.ts';
import { protocols } from './protocol.ts';
import { protocolFacts } from './protocol-facts.ts';

/** Path of the message about devices that read mail. */
export const reading = protocols
  .map((protocol) => protocolFacts[protocol])
  .filter(({ purpose }) => purpose !== 'outgoing')
  .map(({ name }) => name);

/** How many recipients the devices of a relay may write to within an hour, unless its configuration says otherwise. */
export const usualRecipientsPerHour = 60;

/** Devices of the local network that may use a relay. */
export const lanSchema = z.strictObject(
  {
    allow: z
      .array(
        z
          .string({ error: 'expected an address as text' })
          .max(50, { error: 'expected an address of at most 50 characters' })
          .superRefine((text, context) => {
            const net = readNet(text);
            if (typeof net === 'string') context.addIssue({ code: 'custom', message: net });
          }),
        { error: 'expected a list of addresses' },
      )
      .min(1, { error: 'expected the addresses of the devices, found an empty list' })
      .max(100, { error: 'expected at most 100 addresses' })
      .meta({ description: 'Private addresses, or nets no larger than /28 (IPv6: /124). Everybody else is closed.' }),
    senders: z
      .array(
        z
          .string({ error: 'expected an address as text' })
          .max(254, { error: 'expected an address of at most 254 characters' })
          .regex(/^[^\s@<>"\\]+@[^\s@<>"\\]+$/, { error: 'expected a mail address such as "scanner@example.org"' }),
        { error: 'expected a list of mail addresses' },
      )
      .min(1, { error: 'expected the senders, found an empty list' })
      .max(1000, { error: 'expected at most 1000 senders' })
      .meta({ description: 'SMTP: the envelope senders that are let through. Required with admit "no-password".' })
      .optional(),
    recipientsPerHour: wholeNumber('a number of recipients', 1, 10_000)
      .meta({
        description: `SMTP: how many recipients all devices together may write to within an hour; ${usualRecipientsPerHour} unless given.`,
      })
      .optional(),
    localTls: z
      .enum(localTlsModes, { error: `expected ${oneOf(localTlsModes)}` })
      .meta({
        description:
          'STARTTLS for the devices, with a certificate of Postern\'s own: "off", "offer" unless given, or "require". TLS from the first byte: "tls://" in front of listen.',
      })
      .optional(),
    oldTls: z
      .boolean({ error: 'expected true or false' })
      .meta({
        description:
          'Takes TLS 1.0 and 1.1 from devices as well, which an attacker on the local network can break. Never used towards a mail server.',
      })
      .optional(),
    reading: z
      .boolean({ error: 'expected true or false' })
      .meta({
        description:
          'Needed for all but SMTP: mail may be read over the local network, in plaintext unless there is TLS ("localTls").',
      })
      .optional(),
  },
  { error: (issue) => unknownKeys(issue) ?? 'expected { "allow": ["192.168.7.20"] }' },
);
export const lanKeys = Object.keys(lanSchema.shape);

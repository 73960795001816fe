import * as z from 'zod';
import { unknownKeys, wholeNumber } from './configuration-fields.ts';

export const settingsSchema = z.strictObject(
  {
    /** How long a mail program is held while a certificate question waits for the person. */
    certificateDecisionSeconds: wholeNumber('seconds', 0, 600).default(25),
    /** One deadline for connect, TLS and greeting together. */
    connectTimeoutSeconds: wholeNumber('seconds', 1, 300).default(15),
    /** Refuse programs of other users of this computer, where the system tells who they are. */
    ownUserOnly: z.boolean({ error: 'expected true or false' }).default(true),
    /** Fetch the lists of revoked certificates that the servers' authorities publish. */
    revocationLists: z.boolean({ error: 'expected true or false' }).default(true),
    /** After a session has signed in, keep one verified connection for the relay's next one, for less than a minute. */
    spareConnections: z.boolean({ error: 'expected true or false' }).default(false),
    /** Sessions open at the same time, all relays together. */
    maxConnections: wholeNumber('a number of connections', 1, 10_000).default(500),
    /** `trace` adds the protocol lines of the sign-in phase, with every secret replaced. */
    logLevel: z
      .enum(['error', 'warn', 'info', 'trace'], { error: 'expected "error", "warn", "info" or "trace"' })
      .default('info'),
  },
  { error: (issue) => unknownKeys(issue) ?? 'expected an object with settings' },
);
export type Settings = z.output<typeof settingsSchema>;

import * as z from 'zod';

const text = (what: string) =>
  z
    .string({ error: `expected ${what} as text` })
    .max(4096, { error: `expected ${what} of at most 4096 characters` })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what no argument can hold
    .regex(/^[^\u0000]*$/u, { error: `expected ${what} without a NUL character` });

const file = (what: string) => text(what).min(1, { error: `expected ${what}, found an empty text` });

const webhookExpected =
  // The value found may contain a secret, so it is not repeated.
  'expected an https URL without a user or password in it, found another text; messages leave encrypted or not at all';

/** Where a message is posted: over https, to a server whose certificate verifies. */
export const webhookUrl = z
  .string({ error: webhookExpected })
  .max(2000, { error: 'expected a URL of at most 2000 characters' })
  .refine(
    (address) => {
      if (!/^https:\/\//i.test(address) || !URL.canParse(address)) return false;
      const { username, password, hash } = new URL(address);
      return username === '' && password === '' && hash === '';
    },
    { error: webhookExpected },
  );

const commandExpected =
  'expected a program by its absolute path, and its arguments: ["/usr/local/bin/tell-me", "…"]; no shell reads them';

const webhookSchema = z
  .strictObject(
    {
      url: webhookUrl.optional(),
      urlFile: file('the path of a file with the URL').optional(),
      tokenFile: file('the path of a file with a token').optional(),
    },
    { error: 'expected { "url": "https://…" } or { "urlFile": "…" }' },
  )
  .refine(({ url, urlFile }) => (url === undefined) !== (urlFile === undefined), {
    error: 'expected either "url" or "urlFile"',
  });
export const webhookKeys = Object.keys(webhookSchema.shape);

/** How a person learns what is waiting for them where there is no window: by a program, a web server, or both. */
export const notifySchema = z
  .strictObject(
    {
      command: z
        .array(text('an argument'), { error: commandExpected })
        .min(1, { error: commandExpected })
        .max(50, { error: 'expected at most 50 words' })
        .refine(([program = '']) => /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(program), { error: commandExpected })
        .meta({ description: 'A program by its absolute path, and its arguments. The message is its standard input.' })
        .optional(),
      webhook: webhookSchema
        .meta({
          description:
            'An https URL that each message is posted to, as JSON; a token is sent as "Authorization: Bearer".',
        })
        .optional(),
    },
    { error: 'expected { "command": ["/…"] } or { "webhook": { "url": "https://…" } }' },
  )
  .refine(({ command, webhook }) => command !== undefined || webhook !== undefined, {
    error: 'expected "command", "webhook", or both',
  });
export const notifyKeys = Object.keys(notifySchema.shape);

export type Notify = z.output<typeof notifySchema>;
export type Webhook = NonNullable<Notify['webhook']>;

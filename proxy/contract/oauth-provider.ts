import * as z from 'zod';

/**
 * A provider whose accounts may be signed in with tokens (a row of `assets/oauth-providers.json`): where consent is
 * asked for, what is asked for, and how a person gets the client id that the provider requires.
 */

const httpsUrl = z.url({ protocol: /^https$/ });

/** One way in: endpoints as the provider documents them. */
const endpoints = z.strictObject({
  authorization: httpsUrl,
  token: httpsUrl,
  device: httpsUrl.optional(),
  revocation: httpsUrl.optional(),
});

export const oauthProviderSchema = z.strictObject({
  /** What `signIn.provider` names. */
  id: z.string().regex(/^[a-z0-9-]+$/),
  /** What people call it. */
  name: z.string().min(1),
  /** Its names in the table of providers (`assets/providers.json`), which knows its domains and servers. */
  knownAs: z.array(z.string()).min(1),
  /** The identifier that an answer's `iss` must name, where the provider sends one (RFC 9207). */
  issuer: httpsUrl,
  /** Missing where the provider publishes its metadata (RFC 8414), which then says so. */
  endpoints: endpoints.optional(),
  scopes: z.strictObject({
    imap: z.array(z.string()),
    pop3: z.array(z.string()),
    smtp: z.array(z.string()),
    /** Asked for whether the account reads or sends. */
    always: z.array(z.string()),
  }),
  /** Added to the request for consent: what makes the provider issue a refresh token, for one. */
  authorizationParameters: z.record(z.string(), z.string()).optional(),
  /**
   * Where the browser returns to, where the provider does not let the path be chosen; an empty one is compared without a
   * slash. The port is any that is free (RFC 8252 §7.3), but where the provider compares that, too.
   */
  redirect: z
    .strictObject({
      host: z.enum(['localhost', '127.0.0.1']),
      path: z.string().regex(/^(?:\/.*)?$/),
      port: z.int().min(1024).max(32767).optional(),
    })
    .optional(),
  /** Days without use after which a consent ends. */
  unusedDays: z.int().positive().optional(),
  /** `registers`: the provider gives every Postern a client id of its own (RFC 7591); nobody has to obtain one. */
  clientId: z.enum(['registers', 'own', 'by-contract']),
  /** Whether a client that a person can register comes with a "secret" that must be sent along. */
  clientSecret: z.boolean().optional(),
  /** Step by step, for somebody who has never done it. */
  steps: z.array(z.string().min(1)),
  /** What is known not to work, and what to do instead. */
  limits: z.array(z.string().min(1)),
  /** The provider's own pages, and what of this row agrees with each; a page without that could not be read. */
  documentation: z.array(z.strictObject({ page: httpsUrl, checked: z.string().min(1).optional() })).min(1),
  /** What is known from others who have looked or tried, each with where they say so. */
  reports: z.array(z.strictObject({ page: httpsUrl, says: z.string().min(1) })).optional(),
  /** What of this row no page of the provider's has confirmed. */
  unchecked: z.array(z.string().min(1)).min(1),
});
export type OAuthProvider = z.output<typeof oauthProviderSchema>;

export const oauthProvidersSchema = z.strictObject({ providers: z.array(oauthProviderSchema) });

import * as z from 'zod';
import { unknownKeys, user, word } from './configuration-fields.ts';
import type { Protocol } from './protocol.ts';

/**
 * How a mail program signs in to Postern, where Postern signs in to the server: by the account's local password, or,
 * for sending, without one.
 */
export const admissions = ['password', 'no-password'] as const;
export type Admission = (typeof admissions)[number];

/** Who signs in at the mail server, and with what. */
export const signInSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject(
      { kind: z.literal('pass-through') },
      { error: (issue) => unknownKeys(issue) ?? 'expected { "kind": "pass-through" }' },
    ),
    z.strictObject(
      { kind: z.literal('stored'), user },
      { error: (issue) => unknownKeys(issue) ?? 'expected { "kind": "stored", "user": "…" }' },
    ),
    z.strictObject(
      {
        kind: z.literal('oauth'),
        user,
        provider: word('the name of a provider that Postern knows').optional(),
        issuer: z
          .url({ protocol: /^https$/, error: 'expected the address of an issuer: an https URL' })
          .max(1000, { error: 'expected the address of an issuer of at most 1000 characters' })
          .optional(),
        clientId: word('the client id that the provider gave').optional(),
        scopes: z.array(word('a scope'), { error: 'expected a list of scopes' }).max(50).optional(),
      },
      { error: (issue) => unknownKeys(issue) ?? 'expected { "kind": "oauth", "user": "…", "provider": "…" }' },
    ),
  ],
  { error: 'expected how the account signs in: { "kind": "pass-through" }, "stored" or "oauth" with a "user"' },
);

/** How an account signs in. */
export type SignIn = z.output<typeof signInSchema>;
/** Accounts that Postern signs in for the mail program. */
export type SignInByPostern = Exclude<SignIn, { kind: 'pass-through' }>;

/** As much of an account as says who signs in. */
interface SigningIn {
  signIn?: SignIn | undefined;
}

/** What Postern signs in with for the mail program, or null where the program does so itself. */
export function ownSignIn({ signIn }: SigningIn): SignInByPostern | null {
  return signIn === undefined || signIn.kind === 'pass-through' ? null : signIn;
}

/** Conflicts between an account's sign-in and its relays. */
export function* signInFaults({
  signIn,
  relays,
}: SigningIn & { relays: readonly { admit?: Admission | undefined; protocol: Protocol }[] }) {
  const own = ownSignIn({ signIn });
  if (own?.kind === 'oauth' && (own.provider === undefined) === (own.issuer === undefined)) {
    const message = 'expected either "provider" or "issuer"; one of them says where you sign in, and it takes just one';
    yield [['signIn'], message] as const;
  }
  for (const [r, { admit, protocol }] of relays.entries()) {
    if (own?.kind === 'oauth' && protocol === 'ldap') {
      const message =
        'expected no directory (LDAP) in an account that signs in by a consent; it takes a password. Give it an account of its own';
      yield [['relays', r, 'protocol'], message] as const;
    }
    const path = ['relays', r, 'admit'] as const;
    if (admit !== undefined && !own) {
      const message =
        'expected no "admit" here; it takes a "signIn" of the kind "stored" or "oauth". Otherwise the mail program signs in at the server by itself';
      yield [path, message] as const;
    } else if (admit === 'no-password' && protocol !== 'smtp') {
      const message =
        'expected "password"; only sending (SMTP) can go without, or whoever connects could read the mail';
      yield [path, message] as const;
    }
  }
}

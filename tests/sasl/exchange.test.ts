import { expect, test } from 'vitest';
import { authenticate, type Outcome, type SaslProfile } from '../../proxy/sasl/exchange.ts';
import { login, oauthBearer, plain, xoauth2 } from '../../proxy/sasl/mechanism.ts';
import { scramSha256 } from '../../proxy/sasl/scram.ts';

type Turn = Outcome['kind'] | { says: string };

/**
 * A server that takes these turns, one for each thing that it hears, and repeats the last of them.
 *
 * @param carries whether it takes an initial response beside the mechanism's name
 */
function server(carries: boolean, ...turns: Turn[]) {
  const heard: string[] = [];
  const next = () => {
    const turn = turns[Math.min(heard.length, turns.length) - 1] ?? 'refused';
    return typeof turn === 'string' ? { kind: turn } : { kind: 'challenge' as const, data: Buffer.from(turn.says) };
  };
  const profile: SaslProfile<Outcome> = {
    takesInitial: () => carries,
    async begin(mechanism, initial) {
      heard.push(initial === null ? mechanism : `${mechanism} ${initial}`);
      return next();
    },
    async respond(response) {
      heard.push(response === null ? '*' : response.toString());
      return next();
    },
  };
  return { profile, heard };
}

const nonce = 'rOprNGfwEbeRWgbNEkqO';
const first = { says: `r=${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096` };
const scram = () => scramSha256('user', 'pencil', nonce);

test('an initial response stands beside the name, or waits for an empty challenge (RFC 4422 §4)', async () => {
  const at = server(true, 'accepted');
  expect(await authenticate(plain('u', 'p'), at.profile)).toEqual({ kind: 'accepted' });
  expect(at.heard).toEqual(['PLAIN \0u\0p']);
  const after = server(false, { says: '' }, 'accepted');
  expect(await authenticate(plain('u', 'p'), after.profile)).toEqual({ kind: 'accepted' });
  expect(after.heard).toEqual(['PLAIN', '\0u\0p']);
});

test('a mechanism in which the server begins', async () => {
  const { profile, heard } = server(true, { says: 'Username:' }, { says: 'Password:' }, 'accepted');
  expect(await authenticate(login('u', 'p'), profile)).toEqual({ kind: 'accepted' });
  expect(heard).toEqual(['LOGIN', 'u', 'p']);
});

test('SCRAM, with the server’s proof as a challenge of its own', async () => {
  const proof = { says: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=' };
  const { profile } = server(true, first, proof, 'accepted');
  expect(await authenticate(scram(), profile)).toEqual({ kind: 'accepted' });
});

test.each([
  ['at once', ['accepted']],
  ['after the client’s proof', [first, 'accepted']],
  ['after a wrong proof', [first, { says: 'v=AAAA' }, 'accepted']],
  ['after an error', [first, { says: 'e=invalid-proof' }, 'accepted']],
] as [string, Turn[]][])('SCRAM: a server that says yes %s has proved nothing', async (_, turns) => {
  expect(await authenticate(scram(), server(true, ...turns).profile)).toEqual({ kind: 'no-proof' });
});

test('SCRAM: an error in place of the proof is a refusal like any other (RFC 5802 §7)', async () => {
  const { profile, heard } = server(true, first, { says: 'e=invalid-proof' }, 'refused');
  expect(await authenticate(scram(), profile)).toEqual({ kind: 'refused' });
  expect(heard.at(-1)).toBe('*');
});

test.each([
  ['PLAIN', () => plain('u', 'secret')],
  ['LOGIN', () => login('u', 'secret')],
  ['OAUTHBEARER', () => oauthBearer('u', 'secret', { server: 's', port: 1 })],
  ['XOAUTH2', () => xoauth2('u', 'secret')],
])('%s: challenges without an end are cancelled', async (_, client) => {
  const { profile, heard } = server(true, { says: '{"status":"401"}' });
  expect(await authenticate(client(), profile)).toEqual({ kind: 'endless' });
  expect(heard.at(-1)).toBe('*');
  expect(heard.length).toBeLessThanOrEqual(6);
  expect(heard.filter((said) => said === '*')).toHaveLength(1);
  // The secret went out once, and not for every challenge.
  expect(heard.filter((said) => said.includes('secret'))).toHaveLength(1);
});

test('SCRAM: errors without an end are cancelled once', async () => {
  const { profile, heard } = server(true, first, { says: 'e=other-error' });
  expect(await authenticate(scram(), profile)).toEqual({ kind: 'no-proof' });
  expect(heard.filter((said) => said === '*')).toHaveLength(1);
});

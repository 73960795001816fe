import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { putInForce } from '../proxy/configuration-in-force.ts';
import { type Configuration, configurationSchema } from '../proxy/contract/index.ts';
import { scratchDirectory } from './support/clean-up.ts';
import { createAuthority } from './support/pki.ts';

function configuration(server: string, certificateAuthorities: string[] = []): Configuration {
  const relay = { name: 'r', protocol: 'imap', listen: '127.0.0.1:0', server, port: 993, tls: 'implicit' };
  return configurationSchema.parse({
    version: 1,
    accounts: [{ name: 'Work', relays: [relay] }],
    certificateAuthorities,
  });
}

test('knows the servers that it names, in whatever spelling', async () => {
  const inForce = await putInForce(configuration('a.example'), scratchDirectory('in-force'));
  const place = { server: 'a.example', port: 993 };
  expect(inForce.names(place)).toBe(true);
  expect(inForce.names({ ...place, server: 'A.Example.' })).toBe(true);
  expect(inForce.names({ ...place, port: 143 })).toBe(false);
  await inForce.replace(configuration('b.example'));
  expect(inForce.names(place)).toBe(false);
  expect(inForce.names({ ...place, server: 'b.example' })).toBe(true);
});

test('another one brings contexts of its own; one that cannot be used changes nothing', async () => {
  const directory = scratchDirectory('in-force');
  writeFileSync(join(directory, 'root.pem'), createAuthority({ cn: 'Own Root' }).certPem);
  const first = configuration('a.example');
  const inForce = await putInForce(first, directory);
  const before = inForce.tlsContext('r');
  await expect(inForce.replace(configuration('b.example', ['missing.pem']))).rejects.toThrow('missing.pem');
  expect(inForce.current).toBe(first);
  expect(inForce.tlsContext('r')).toBe(before);
  await inForce.replace(configuration('a.example', ['root.pem']));
  expect(inForce.tlsContext('r')).not.toBe(before);
});

test('one that cannot be used is not begun with', async () => {
  const directory = scratchDirectory('in-force');
  await expect(putInForce(configuration('a.example', ['missing.pem']), directory)).rejects.toThrow('missing.pem');
});

import { expect, test } from 'vitest';
import { configurationSchema } from '../../proxy/contract/index.ts';
import { createDiscoveryContext } from '../../proxy/discovery/context.ts';
import { createInternet } from './support/internet.ts';

const { resolve, exchange, dns, tlsContext } = createInternet().context();
const options = (seconds: number) => ({
  ...{ resolve, exchange, dns, tlsContext },
  now: () => new Date(),
  revocations: null,
  settings: configurationSchema.parse({ version: 1, accounts: [], settings: { connectTimeoutSeconds: seconds } })
    .settings,
  paused: false,
});

test('a try takes eight seconds at the most, and less where the person wants less', () => {
  expect(createDiscoveryContext(options(15)).tryMilliseconds).toBe(8_000);
  expect(createDiscoveryContext(options(3)).tryMilliseconds).toBe(3_000);
});

test('no search while Postern is paused, or has nothing to fetch pages with', () => {
  expect(() => createDiscoveryContext({ ...options(15), paused: true })).toThrow('Postern is paused');
  expect(() => createDiscoveryContext({ ...options(15), exchange: undefined })).toThrow('cannot look for servers');
});

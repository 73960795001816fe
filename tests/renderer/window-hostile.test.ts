import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configurationSchema } from '../../proxy/contract/index.ts';
import { told } from '../support/findings.ts';
import { eventually } from './support/eventually.ts';
import { certificate, question } from './support/fake-certificates.ts';
import { createFakeCore } from './support/fake-core.ts';
import { ago, freshStore, protection, session } from './support/fake-state.ts';
import { prepareWindows, type Windows } from './support/window.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await prepareWindows();
});
afterAll(() => windows.closeAll());

const hostile = {
  markup: '<img src=x onerror="document.title=`hacked`"><script>document.title="hacked"</script>',
  script: 'javascript:document.title="hacked"',
  bidi: 'paypal\u202egro.elpmaxe\u202c\u2066.example\u200b',
  control: 'a\u0000b\u001b[2Jc\r\nd',
  long: `${'W'.repeat(100_000)}.example`,
};

/** How many names a certificate has: of the longest, ten are a megabyte, and each is told a dozen times. */
const namesOf = (text: string) => (text === hostile.long ? 10 : 100);

/** A core in which every text that comes from outside is this one. */
function coreOf(text: string) {
  const shown = certificate('x', {
    subject: `CN=${text}`,
    issuer: `CN=issuer ${text}`,
    names: Array.from({ length: namesOf(text) }, () => text),
    namesOmitted: 9_900,
    serialNumber: text,
    key: text,
    signature: text,
  });
  const configuration = configurationSchema.parse({
    version: 1,
    accounts: [
      {
        name: 'Work',
        relays: [{ name: 'r', protocol: 'imap', listen: 1143, server: 's', port: 993, tls: 'implicit' }],
      },
    ],
  });
  const [account] = configuration.accounts;
  const [relay] = account?.relays ?? [];
  if (account && relay) {
    // No configuration may contain this; the window does not rely on that.
    account.name = text;
    relay.name = text;
    relay.server = text;
  }
  const store = freshStore(configuration);
  const verified = protection('x', { certificate: shown, tlsVersion: text, cipher: text });
  const { diagnosis, facts } = told(
    { code: 'certificate-resigned', facts: { product: text } },
    { server: text, port: 1 },
  );
  const refusal = { reason: 'upstream-protocol', message: text, at: ago(1), diagnosis } as const;
  store.patch('relays', text, { lastVerified: verified, lastRefusal: refusal });
  store.patch('core', 'core', { warnings: [text] });
  store.set('sessions', 's', session('s', text, text, { protection: verified }));
  store.set(
    'questions',
    'aaaaaaaa01',
    question('aaaaaaaa01', text, {
      account: text,
      relays: [text],
      problems: ['name-mismatch', 'changed'],
      details: [{ problem: 'name-mismatch', text }],
      certificate: shown,
      chain: Array.from({ length: 10 }, () => shown),
      history: { kind: 'changed', previous: certificate('y', { subject: text, issuer: text, names: [text] }) },
    }),
  );
  const remembered = { account: text, host: text, port: 993, certificate: shown };
  store.set('decisions', 'dddddddd01', {
    ...remembered,
    id: 'dddddddd01',
    decision: 'always',
    problems: ['changed'],
    decidedAt: text,
  });
  store.set('servers', 'eeeeeeee01', { ...remembered, id: 'eeeeeeee01', lastVerifiedAt: text });
  const common = { at: text, relay: text, account: text };
  store.set('activity', '1', {
    number: 1,
    ...common,
    kind: 'refused',
    reason: 'upstream-protocol',
    message: text,
    code: diagnosis.code,
    facts,
  });
  store.set('activity', '2', {
    number: 2,
    ...common,
    kind: 'certificate-pending',
    id: 'aaaaaaaa01',
    host: text,
    problems: ['changed'],
    offers: ['reject', 'once', 'always'],
  });
  return createFakeCore(store, configuration);
}

test.each(['#/overview', '#/certificates', '#/activity', '#/accounts'])(
  'honest: 76: plain words, signs and letters of any language are shown as they are on %s',
  async (where) => {
    const plain = 'Bücher & Söhne “Nord” (東京)';
    const { page, complaints } = await windows.open(where, coreOf(plain));
    await page.getByText(plain).first().waitFor();
    expect(complaints).toEqual([]);
  },
);

const pages = ['#/overview', '#/certificates', '#/activity', '#/accounts', '#/settings'];

describe.each(Object.entries(hostile))('%s in every text that comes from elsewhere', (_, text) => {
  test.each(pages)('76: is inert on %s', async (where) => {
    const { page, complaints } = await windows.open(where, coreOf(text));
    await eventually(() => page.title()).toMatch(/Postern$/);
    expect(
      await page.evaluate(() => document.querySelectorAll('main img:not([role]), main script, main iframe').length),
    ).toBe(0);
    const shown = await page.evaluate(() => document.getElementById('root')?.textContent ?? '');
    expect(/[\p{Cc}\p{Cf}]/u.exec(shown)).toBeNull();
    expect(shown.length).toBeLessThan(60_000);
    const links = await page.evaluate(() =>
      [...document.querySelectorAll('a')].map((link) => link.getAttribute('href') ?? ''),
    );
    expect(links.filter((link) => !link.startsWith('#/'))).toEqual([]);
    // Nothing sticks out of the window, however long and unbroken the text is.
    const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(content).toBeLessThanOrEqual(view as number);
    expect(complaints).toEqual([]);
  });
});

/**
 * Setups of domains, honest and hostile: from the address to the offered servers, over real sockets on the usual ports.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { DiscoveryReport, DiscoveryStep, ServerPlace } from '../../proxy/contract/index.ts';
import { discover } from '../../proxy/discovery/discover.ts';
import { createDns } from '../../proxy/discovery/dns.ts';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue, selfSigned } from '../support/pki.ts';
import { createInternet, saying, settingsFile } from './support/internet.ts';

const net = createInternet();
const both = (host: string) => [
  { type: 'imap', hostname: host, port: 993, socketType: 'SSL' },
  { type: 'smtp', hostname: host, port: 465, socketType: 'SSL' },
];
const never = new AbortController().signal;

/** Searches for Alice's servers at a domain. */
function lookFor(domain: string, more: Parameters<typeof net.context>[0] = {}, reading?: 'imap' | 'pop3') {
  return discover({ address: `alice@${domain}`, reading }, net.context(more), () => {}, never);
}

/** What is offered, in short: `imap imap.a.test:993 implicit srv`, with `?` where a person has to confirm. */
function offered({ servers }: DiscoveryReport): string[] {
  const place = ({ protocol, server, port, tls }: ServerPlace) => `${protocol} ${server}:${port} ${tls}`;
  return servers.map((server) => `${place(server)} ${server.source}${server.confirm ? ' ?' : ''}`).sort();
}

const untouched: Record<string, FakeUpstream> = {};

beforeAll(async () => {
  // 1. SRV records of its own.
  await net.mail('imap.srv.test', 'imap', 'implicit');
  await net.mail('smtp.srv.test', 'smtp', 'implicit');
  net.srv('_imaps._tcp.srv.test', 'imap.srv.test', 993);
  net.srv('_submissions._tcp.srv.test', 'smtp.srv.test', 465);

  // 2. Both TLS modes: the implicit one wins, though its records have the worse priority.
  await net.mail('mail.modes.test', 'imap', 'implicit');
  untouched.starttls = await net.mail('mail.modes.test', 'imap', 'starttls');
  await net.mail('mail.modes.test', 'smtp', 'implicit');
  await net.mail('mail.modes.test', 'smtp', 'starttls');
  net.srv('_imap._tcp.modes.test', 'mail.modes.test', 143, 0);
  net.srv('_imaps._tcp.modes.test', 'mail.modes.test', 993, 50);
  net.srv('_submission._tcp.modes.test', 'mail.modes.test', 587, 0);
  net.srv('_submissions._tcp.modes.test', 'mail.modes.test', 465, 50);

  // 3. STARTTLS only.
  await net.mail('mail.starttls.test', 'imap', 'starttls');
  await net.mail('mail.starttls.test', 'smtp', 'starttls');
  net.srv('_imap._tcp.starttls.test', 'mail.starttls.test', 143);
  net.srv('_submission._tcp.starttls.test', 'mail.starttls.test', 587);

  // 4. Priority and weight: the best record leads to a host that is down.
  net.host('down.order.test');
  await net.mail('second.order.test', 'imap', 'implicit');
  untouched.third = await net.mail('third.order.test', 'imap', 'implicit');
  await net.mail('second.order.test', 'smtp', 'implicit');
  net.srv('_imaps._tcp.order.test', 'third.order.test', 993, 10, 1);
  net.srv('_imaps._tcp.order.test', 'second.order.test', 993, 10, 60);
  net.srv('_imaps._tcp.order.test', 'down.order.test', 993, 0, 0);
  net.srv('_submissions._tcp.order.test', 'second.order.test', 465);

  // 5. A target outside the domain.
  await net.mail('mail.hoster.test', 'imap', 'implicit');
  await net.mail('mail.hoster.test', 'smtp', 'implicit');
  net.srv('_imaps._tcp.foreign.test', 'mail.hoster.test', 993);
  net.srv('_submissions._tcp.foreign.test', 'mail.hoster.test', 465);

  // 6. The domain declares that it has POP3 and no IMAP; a server under the usual IMAP name must not be tried.
  await net.mail('pop.noimap.test', 'pop3', 'implicit');
  await net.mail('smtp.noimap.test', 'smtp', 'implicit');
  untouched.denied = await net.mail('imap.noimap.test', 'imap', 'implicit');
  net.srv('_imaps._tcp.noimap.test', '.', 0);
  net.srv('_imap._tcp.noimap.test', '.', 0);
  net.srv('_pop3s._tcp.noimap.test', 'pop.noimap.test', 995);

  // 7. SRV records that point to themselves, in a circle, and to nonsense.
  net.srv('_imaps._tcp.loop.test', '_imaps._tcp.loop.test', 993);
  net.srv('_imaps._tcp.loop.test', 'a.loop.test', 993, 1);
  net.srv('_imap._tcp.loop.test', '_imaps._tcp.loop.test', 143);
  net.srv('_submissions._tcp.loop.test', '127.0.0.1', 465);
  net.srv('_submissions._tcp.loop.test', 'mail.loop.test', 0);

  // 8. Hundreds of SRV records.
  for (let number = 0; number < 400; number += 1) {
    net.srv('_imaps._tcp.huge.test', `host-${number}.huge.test`, 993, 5 + (number % 90));
  }
  await net.mail('first.huge.test', 'imap', 'implicit');
  await net.mail('first.huge.test', 'smtp', 'implicit');
  net.srv('_imaps._tcp.huge.test', 'first.huge.test', 993, 1);
  net.srv('_submissions._tcp.huge.test', 'first.huge.test', 465);

  // 9. A settings file at autoconfig.DOMAIN.
  await net.mail('mx.file.test', 'imap', 'implicit');
  await net.mail('mx.file.test', 'smtp', 'implicit');
  fileQuestions = await net.web(['autoconfig.file.test'], saying(settingsFile('file.test', both('mx.file.test'))));

  // 10. At the well-known path of the domain itself, naming servers outside it.
  wellKnownQuestions = await net.web(['known.test'], (request, response) =>
    request.url?.startsWith('/.well-known/autoconfig/')
      ? saying(settingsFile(null, both('mail.hoster.test')))(request, response)
      : saying('no', 404)(request, response),
  );

  // 11. A file for another domain.
  await net.web(['autoconfig.wrong.test'], saying(settingsFile('victim.test', both('mail.hoster.test'))));

  // 12. POP3 only.
  await net.mail('mx.poponly.test', 'pop3', 'implicit');
  await net.mail('mx.poponly.test', 'smtp', 'implicit');
  await net.web(
    ['autoconfig.poponly.test'],
    saying(
      settingsFile('poponly.test', [
        { type: 'pop3', hostname: 'mx.poponly.test', port: 995, socketType: 'SSL', username: '%EMAILLOCALPART%' },
        { type: 'smtp', hostname: 'mx.poponly.test', port: 465, socketType: 'SSL' },
      ]),
    ),
  );

  // 13. OAuth only, according to the file and to what the server says.
  const oauth = { inside: { capabilities: ['IMAP4rev1', 'LOGINDISABLED', 'AUTH=XOAUTH2'] } };
  await net.mail('mx.oauth.test', 'imap', 'implicit', oauth);
  await net.mail('mx.oauth.test', 'smtp', 'implicit');
  await net.web(
    ['autoconfig.oauth.test'],
    saying(
      settingsFile('oauth.test', [
        { type: 'imap', hostname: 'mx.oauth.test', port: 993, socketType: 'SSL' },
        { type: 'smtp', hostname: 'mx.oauth.test', port: 465, socketType: 'SSL', authentication: ['OAuth2'] },
      ]),
    ),
  );

  // 14. A file that wants plaintext, with nothing else to find.
  await net.web(
    ['autoconfig.plainfile.test'],
    saying(
      settingsFile('plainfile.test', [
        { type: 'imap', hostname: 'mx.plainfile.test', port: 143, socketType: 'plain' },
        { type: 'smtp', hostname: 'mx.plainfile.test', port: 25, socketType: 'plain' },
      ]),
    ),
  );

  // 15. A file that is only available over HTTP.
  httpQuestions = await net.plainWeb(
    net.host('autoconfig.httponly.test', 'httponly.test'),
    saying(settingsFile('httponly.test', both('mail.hoster.test'))),
  );

  // 16. A redirect to HTTP, to a page that would give an answer.
  await net.plainWeb(net.host('plain.redirect.test'), saying(settingsFile(null, both('mail.hoster.test'))));
  await net.web(['autoconfig.redirect.test'], (_request, response) => {
    response.writeHead(302, { Location: 'http://plain.redirect.test/config.xml' }).end();
  });

  // 17. A redirect to another verified page; and an endless one.
  await net.web(['autoconfig.moved.test'], (_request, response) => {
    response.writeHead(301, { Location: 'https://settings.hoster.test/moved.xml' }).end();
  });
  await net.web(['settings.hoster.test'], saying(settingsFile(null, both('mail.hoster.test'))));
  await net.web(['autoconfig.circle.test'], (_request, response) => {
    response.writeHead(302, { Location: 'https://autoconfig.circle.test/again' }).end();
  });

  // 18. Endless XML, entity bombs, junk, endlessly nested files.
  await net.web(['autoconfig.endless.test'], (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/xml' });
    response.write('<clientConfig version="1.1"><emailProvider id="x">');
    const more = () => {
      while (!response.destroyed && response.write('<domain>endless.test</domain>'.repeat(100)));
    };
    response.on('drain', more);
    more();
  });
  const laughs = Array.from({ length: 10 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join('');
  const bomb = `<!DOCTYPE clientConfig [<!ENTITY l0 "lol">${laughs}]>${settingsFile(
    'bomb.test',
    both('mail.hoster.test'),
  )
    .replace(/^<\?xml[^>]*>\n/, '')
    .replace('>test<', '>&l10;<')}`;
  await net.web(['autoconfig.bomb.test'], saying(bomb));
  await net.web(['autoconfig.junk.test'], saying('<html><p>Welcome!<br></html>'));
  await net.web(['autoconfig.deep.test'], saying('<a>'.repeat(2000)));

  // 19. A web server with a certificate for another name; and one with a certificate by an unknown authority.
  const file = saying(settingsFile(null, both('mail.hoster.test')));
  await net.web(['autoconfig.badcert.test'], file, issue(net.authority, { names: ['other.test'] }));
  await net.web(['autoconfig.rogue.test'], file, issue(createAuthority(), { names: ['autoconfig.rogue.test'] }));

  // 20. A silent web server, and silent mail servers.
  await net.web(['autoconfig.slow.test'], () => undefined);
  const silent = { instead: 'silence' } as const;
  await net.mail('imap.slow.test', 'imap', 'implicit', { handshake: { reply: silent } });
  await net.mail('smtp.slow.test', 'smtp', 'implicit', { inside: { greeting: silent } });

  // 21. Nothing but usual names.
  await net.mail('imap.usual.test', 'imap', 'implicit');
  await net.mail('smtp.usual.test', 'smtp', 'starttls');

  // 22. A plaintext server under the usual names.
  const noTls = { plain: { capabilities: ['IMAP4rev1'], starttls: '{tag} NO not here\r\n' } };
  await net.mail('mail.plainonly.test', 'imap', 'starttls', noTls);
  const own = selfSigned({ names: ['mail.selfmade.test'] });
  await net.mail('mail.selfmade.test', 'imap', 'implicit', { identity: own });
  net.srv('_imaps._tcp.selfmade.test', 'mail.selfmade.test', 993);

  // 23. A server whose certificate is for another name, and one whose certificate is self-signed.
  await net.mail('imap.badname.test', 'imap', 'implicit', { names: ['something.else.test'] });
  await net.mail('smtp.badname.test', 'smtp', 'implicit');

  // 24. The names are derived from the mail exchanger, outside the domain.
  await net.mail('imap.provider.test', 'imap', 'implicit');
  await net.mail('smtp.provider.test', 'smtp', 'implicit');
  net.mx('byexchanger.test', 'mx1.in.provider.test');

  // 25. The exchanger belongs to a well-known provider without servers for mail programs.
  net.mx('encrypted.test', 'mail.protonmail.ch');

  // 26. A server with the wrong protocol at the place that SRV names.
  await net.mail('mail.mixed.test', 'smtp', 'implicit', { port: 993 });
  net.srv('_imaps._tcp.mixed.test', 'mail.mixed.test', 993);

  // 27. IMAP by SRV, POP3 under its usual name, for someone who needs POP3.
  await net.mail('imap.needspop.test', 'imap', 'implicit');
  await net.mail('pop.needspop.test', 'pop3', 'starttls');
  await net.mail('smtp.needspop.test', 'smtp', 'implicit');
  net.srv('_imaps._tcp.needspop.test', 'imap.needspop.test', 993);
  net.srv('_submissions._tcp.needspop.test', 'smtp.needspop.test', 465);

  // 28. A file that names twenty servers that are down.
  const down = Array.from({ length: 20 }, (_, at) => `h${at}.crowd.test`);
  net.host(...down);
  await net.web(
    ['autoconfig.crowd.test'],
    saying(
      settingsFile(
        'crowd.test',
        down.flatMap((host) => both(host)),
      ),
    ),
  );

  // 29. A news server beside the mail: with TLS from the first byte, by STARTTLS alone, of another domain, unverified.
  await net.mail('mx.news.test', 'imap', 'implicit');
  await net.mail('mx.news.test', 'smtp', 'implicit');
  await net.mail('news.news.test', 'nntp', 'implicit');
  untouched.newsStartTls = await net.mail('news.news.test', 'nntp', 'starttls');
  await net.mail('news.poor.test', 'nntp', 'implicit', { names: ['other.test'] });
  for (const domain of ['news.test', 'newer.test', 'shared.test', 'poor.test']) {
    net.srv(`_imaps._tcp.${domain}`, 'mx.news.test', 993);
    net.srv(`_submissions._tcp.${domain}`, 'mx.news.test', 465);
  }
  net.srv('_nntp._tcp.news.test', 'news.news.test', 119);
  net.srv('_nntps._tcp.news.test', 'news.news.test', 563);
  await net.mail('news.newer.test', 'nntp', 'starttls');
  net.srv('_nntp._tcp.newer.test', 'news.newer.test', 119);
  net.srv('_nntps._tcp.newer.test', '.', 0);
  net.srv('_nntps._tcp.shared.test', 'news.news.test', 563);
  net.srv('_nntps._tcp.poor.test', 'news.poor.test', 563);
  // And a directory in the same manner.
  await net.mail('people.news.test', 'ldap', 'implicit');
  net.srv('_ldaps._tcp.news.test', 'people.news.test', 636);
  await net.mail('people.newer.test', 'ldap', 'starttls');
  net.srv('_ldap._tcp.newer.test', 'people.newer.test', 389);
  // Nobody names these: they are not looked for.
  untouched.guessedDirectory = await net.mail('ldap.srv.test', 'ldap', 'implicit');
  untouched.guessedNews = await net.mail('news.srv.test', 'nntp', 'implicit');

  await net.start();
});

let fileQuestions: string[];
let wellKnownQuestions: string[];
let httpQuestions: string[];

describe('by SRV records', () => {
  test('servers of its own', async () => {
    const report = await lookFor('srv.test');
    expect(report.outcome).toBe('found');
    expect(offered(report)).toEqual(['imap imap.srv.test:993 implicit srv', 'smtp smtp.srv.test:465 implicit srv']);
    expect(report.user).toBe('alice@srv.test');
    const [server] = report.servers;
    expect(server?.evidence).toContain('_tcp.srv.test');
    expect(server?.protection.trust).toEqual({ kind: 'verified' });
    expect(server?.signIn).toBe('password');
    expect(report.remarks).toEqual([]);
  });

  test('TLS from the first byte wins over STARTTLS, and STARTTLS is not even tried', async () => {
    const report = await lookFor('modes.test');
    expect(offered(report)).toEqual(['imap mail.modes.test:993 implicit srv', 'smtp mail.modes.test:465 implicit srv']);
    expect(untouched.starttls?.connections).toEqual([]);
  });

  test('STARTTLS where there is nothing else', async () => {
    expect(offered(await lookFor('starttls.test'))).toEqual([
      'imap mail.starttls.test:143 starttls srv',
      'smtp mail.starttls.test:587 starttls srv',
    ]);
  });

  test('the next one when the best is down: by priority, then by weight', async () => {
    const report = await lookFor('order.test');
    expect(offered(report)).toContain('imap second.order.test:993 implicit srv');
    expect(report.rejected.map(({ server }) => server)).toEqual(['down.order.test']);
    expect(untouched.third?.connections).toEqual([]);
  });

  test('a target outside the domain has to be confirmed', async () => {
    expect(offered(await lookFor('foreign.test'))).toEqual([
      'imap mail.hoster.test:993 implicit srv ?',
      'smtp mail.hoster.test:465 implicit srv ?',
    ]);
  });

  test('what the domain says it does not offer is not looked for', async () => {
    const report = await lookFor('noimap.test');
    expect(offered(report)).toEqual([
      'pop3 pop.noimap.test:995 implicit srv',
      'smtp smtp.noimap.test:465 implicit usual-names',
    ]);
    expect(report.remarks).toContain('noimap.test says in its DNS that it offers no IMAP.');
    expect(untouched.denied?.connections).toEqual([]);
  });

  test('a news server is offered beside the mail where the domain names one, and never guessed', async () => {
    const news = async (domain: string) => offered(await lookFor(domain)).filter((each) => each.startsWith('nntp'));
    expect(await news('news.test')).toEqual(['nntp news.news.test:563 implicit srv']);
    expect(untouched.newsStartTls?.connections).toEqual([]);
    expect(await news('newer.test')).toEqual(['nntp news.newer.test:119 starttls srv']);
    expect(await news('shared.test')).toEqual(['nntp news.news.test:563 implicit srv ?']);
    expect(await news('srv.test')).toEqual([]);
    expect(untouched.guessedNews?.connections).toEqual([]);
  });

  test('a directory is offered likewise: with TLS from the first byte, or by StartTLS', async () => {
    const book = async (domain: string) => offered(await lookFor(domain)).filter((each) => each.startsWith('ldap'));
    expect(await book('news.test')).toEqual(['ldap people.news.test:636 implicit srv']);
    expect(await book('newer.test')).toEqual(['ldap people.newer.test:389 starttls srv']);
    expect((await lookFor('news.test')).remarks.join()).toContain('people.news.test port 636 is a directory');
    expect(await book('srv.test')).toEqual([]);
    expect(untouched.guessedDirectory?.connections).toEqual([]);
  });

  test('a news server that cannot be verified is not offered, said why, and takes the mail with it nowhere', async () => {
    const report = await lookFor('poor.test');
    expect(report.outcome).toBe('found');
    expect(offered(report)).toEqual(['imap mx.news.test:993 implicit srv ?', 'smtp mx.news.test:465 implicit srv ?']);
    expect(report.rejected).toMatchObject([{ protocol: 'nntp', server: 'news.poor.test', port: 563 }]);
    expect(report.rejected[0]?.message).toContain('The certificate is not for news.poor.test.');
  });

  test('loops and nonsense lead nowhere, and end', async () => {
    const report = await lookFor('loop.test');
    expect(report.outcome).toBe('nothing');
    expect(report.rejected.map(({ server }) => server)).toEqual(['a.loop.test']);
  });

  test('hundreds of records: the best few are looked at', async () => {
    const report = await lookFor('huge.test');
    expect(report.outcome).toBe('found');
    expect(offered(report)).toContain('imap first.huge.test:993 implicit srv');
  });

  test('another protocol where the record leads is not offered', async () => {
    const report = await lookFor('mixed.test');
    expect(report.outcome).toBe('nothing');
    expect(report.rejected[0]).toMatchObject({ protocol: 'imap', server: 'mail.mixed.test', port: 993 });
    expect(report.rejected[0]?.message).toContain('speaks SMTP, which is not the kind of mail');
  });

  test('a name server that does not answer is said', async () => {
    const dns = createDns(['127.0.0.1:9']);
    const resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'EAI_AGAIN' }));
    const report = await lookFor('srv.test', { dns, resolve });
    expect(report.outcome).toBe('nothing');
    expect(report.remarks.join()).toContain('The name service (DNS) does not answer.');
    expect(report.offline).toBe(true);
  });

  test('a name server that does not answer makes nobody offline who reaches a server, as by a list of names here', async () => {
    const report = await lookFor('selfmade.test', { dns: createDns(['127.0.0.1:9']) });
    expect(report.rejected.map(({ server, port }) => [server, port])).toContainEqual(['mail.selfmade.test', 993]);
    expect(report.offline).toBeUndefined();
    expect(report.remarks.join()).toBe(
      'The name service (DNS) does not answer, so only the usual names could be tried.',
    );
  });
});

describe('by the settings file', () => {
  test('at autoconfig.DOMAIN, which is told the address', async () => {
    const report = await lookFor('file.test');
    expect(offered(report)).toEqual([
      'imap mx.file.test:993 implicit autoconfig',
      'smtp mx.file.test:465 implicit autoconfig',
    ]);
    expect(fileQuestions).toEqual(['/mail/config-v1.1.xml?emailaddress=alice%40file.test']);
  });

  test('at the well-known place, which is not told it; its own certificate vouches for foreign names', async () => {
    expect(offered(await lookFor('known.test'))).toEqual([
      'imap mail.hoster.test:993 implicit autoconfig',
      'smtp mail.hoster.test:465 implicit autoconfig',
    ]);
    expect(wellKnownQuestions).toEqual(['/.well-known/autoconfig/mail/config-v1.1.xml']);
  });

  test('a file for another domain has to be confirmed', async () => {
    expect(offered(await lookFor('wrong.test'))).toEqual([
      'imap mail.hoster.test:993 implicit autoconfig ?',
      'smtp mail.hoster.test:465 implicit autoconfig ?',
    ]);
  });

  test('POP3 only, and a user name without the domain', async () => {
    const report = await lookFor('poponly.test');
    expect(offered(report)).toEqual([
      'pop3 mx.poponly.test:995 implicit autoconfig',
      'smtp mx.poponly.test:465 implicit autoconfig',
    ]);
    expect(report.user).toBe('alice');
    expect((await lookFor('poponly.test', {}, 'imap')).outcome).toBe('partly');
  });

  test('OAuth only is found and said', async () => {
    const report = await lookFor('oauth.test');
    expect(report.servers.map(({ protocol, signIn }) => `${protocol} ${signIn}`).sort()).toEqual([
      'imap oauth-only',
      'smtp oauth-only',
    ]);
    expect(report.remarks[0]).toContain('mx.oauth.test lets programs in by OAuth alone');
  });

  test('servers without encryption are never offered', async () => {
    const report = await lookFor('plainfile.test');
    expect(report.outcome).toBe('nothing');
    expect(report.remarks[0]).toContain('names mx.plainfile.test for use without encryption');
  });

  test('a redirect to another verified page is followed', async () => {
    expect((await lookFor('moved.test')).outcome).toBe('found');
  });

  test.each([
    ['over HTTP alone', 'httponly.test', /was not found/],
    ['a redirect to HTTP', 'redirect.test', /leads to a page without encryption/],
    ['a redirect without an end', 'circle.test', /without an end/],
    ['XML without an end', 'endless.test', /larger than 64 KiB/],
    ['an entity bomb', 'bomb.test', /document type declaration/],
    ['junk', 'junk.test', /not well-formed XML/],
    ['nested without an end', 'deep.test', /nested too deep/],
    ['a certificate for another name', 'badcert.test', /The certificate is not for autoconfig\.badcert\.test\./],
    ['an unknown authority', 'rogue.test', /without the one that connects it to a known authority/],
  ])('not used: %s', async (_, domain, why) => {
    const report = await lookFor(domain);
    expect(offered(report)).toEqual([]);
    expect(report.steps.find(({ key }) => key === 'autoconfig')?.message).toMatch(why);
  });

  test('a crowd of servers does not use up the time', async () => {
    const report = await lookFor('crowd.test');
    expect(report.rejected.filter(({ protocol }) => protocol === 'imap')).toHaveLength(6);
    expect(report.rejected[0]?.message).toContain('nothing accepts connections');
  });

  test('HTTP was never asked', () => {
    expect(httpQuestions).toEqual([]);
  });
});

describe('by the usual names', () => {
  test('below the domain', async () => {
    expect(offered(await lookFor('usual.test'))).toEqual([
      'imap imap.usual.test:993 implicit usual-names',
      'smtp smtp.usual.test:587 starttls usual-names',
    ]);
  });

  test('near the mail exchanger, which has to be confirmed', async () => {
    expect(offered(await lookFor('byexchanger.test'))).toEqual([
      'imap imap.provider.test:993 implicit usual-names ?',
      'smtp smtp.provider.test:465 implicit usual-names ?',
    ]);
  });

  test('a server without TLS is not offered, and that is said', async () => {
    const report = await lookFor('plainonly.test');
    expect(report.outcome).toBe('nothing');
    expect(report.rejected).toMatchObject([{ server: 'mail.plainonly.test', port: 143 }]);
    expect(report.rejected[0]?.message).toContain('It has no STARTTLS there');
  });

  test('a server that cannot be verified is tried and named once, and nobody is told of a typing error', async () => {
    const report = await lookFor('selfmade.test');
    expect(report.rejected).toMatchObject([{ server: 'mail.selfmade.test', port: 993, source: 'srv' }]);
    expect(report.remarks).toEqual([]);
  });

  test('a certificate for another name is not offered; the rest is', async () => {
    const report = await lookFor('badname.test');
    expect(report.outcome).toBe('partly');
    expect(offered(report)).toEqual(['smtp smtp.badname.test:465 implicit usual-names']);
    expect(report.rejected[0]?.message).toContain(
      'The certificate is not for imap.badname.test. It is for something.else.test.',
    );
  });

  test('the search goes on for the way of reading that is asked for', async () => {
    expect(offered(await lookFor('needspop.test', {}, 'pop3'))).toEqual([
      'imap imap.needspop.test:993 implicit srv',
      'pop3 pop.needspop.test:110 starttls usual-names',
      'smtp smtp.needspop.test:465 implicit srv',
    ]);
    expect(offered(await lookFor('needspop.test'))).toHaveLength(2);
  });

  test('a domain that nobody knows', async () => {
    const report = await lookFor('no-such-domain.test');
    expect(report.outcome).toBe('nothing');
    expect(report.remarks).toEqual([
      'DNS knows of no mail for no-such-domain.test. Look for a typing error in the address.',
    ]);
  });
});

describe('by the table of providers', () => {
  test('a provider without servers for mail programs, by its own domain: nothing is asked of anyone', async () => {
    const dns = { srv: () => Promise.reject(new Error('asked')), mx: () => Promise.reject(new Error('asked')) };
    const report = await lookFor('proton.me', { dns });
    expect(report).toMatchObject({ outcome: 'impossible', servers: [], provider: { signIn: 'bridge' } });
    expect((await lookFor('tutanota.com', { dns })).provider?.signIn).toBe('impossible');
  });

  test('the same by the mail exchanger of another domain', async () => {
    const report = await lookFor('encrypted.test');
    expect(report).toMatchObject({ outcome: 'impossible', provider: { name: 'Proton Mail' } });
  });
});

describe('bounds', () => {
  test('servers that are silent do not hold up the search', async () => {
    const report = await lookFor('slow.test', { tryMilliseconds: 500, searchMilliseconds: 60_000 });
    expect(report.outcome).toBe('nothing');
    expect(report.steps.find(({ key }) => key === 'autoconfig')?.message).toContain('took too long');
  });

  test('the whole search ends in time, with what it has found', async () => {
    const report = await lookFor('slow.test', { searchMilliseconds: 1_000 });
    expect(report.remarks[0]).toContain('The search took too long');
  });

  test('a search is cancelled at once', async () => {
    const cancel = new AbortController();
    const steps: DiscoveryStep[] = [];
    const search = discover(
      { address: 'alice@slow.test' },
      net.context(),
      (step) => {
        steps.push(step);
        if (step.key === 'autoconfig') cancel.abort();
      },
      cancel.signal,
    );
    await expect(search).rejects.toMatchObject({ name: 'CommandFailed', code: 'cancelled' });
    expect(steps.at(-1)).toMatchObject({ key: 'autoconfig', outcome: 'running' });
  });

  test.each(['alice', 'alice@', '@example.org', 'alice@localhost', 'alice@127.0.0.1', 'alice@[::1]', 'a b@c.test'])(
    'no address: %s',
    async (address) => {
      const search = discover({ address }, net.context(), () => {}, never);
      await expect(search).rejects.toMatchObject({ name: 'CommandFailed', code: 'bad-input' });
    },
  );

  test('each step is told when it begins and when it is done', async () => {
    const told: string[] = [];
    await discover(
      { address: ' Alice@USUAL.test ' },
      net.context(),
      ({ key, outcome }) => told.push(`${key} ${outcome}`),
      never,
    );
    expect(told.slice(0, 8)).toEqual([
      'provider-table running',
      'provider-table nothing',
      'srv running',
      'srv nothing',
      'autoconfig running',
      'autoconfig nothing',
      'mx running',
      'mx nothing',
    ]);
    expect(told).toContain('imap imap.usual.test 993 ok');
  });
});

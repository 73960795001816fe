import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { download } from '../../../main/download.ts';
import { resolveBySystem } from '../../../proxy/net/dial.ts';
import { createFetches, type FetchesOptions } from '../../../proxy/trust/revocation/fetches.ts';
import { createKnownLists, type KnownLists } from '../../../proxy/trust/revocation/known-lists.ts';
import { openListFiles } from '../../../proxy/trust/revocation/list-files.ts';
import { scratchDirectory } from '../../support/clean-up.ts';
import { createAuthority, issue, revocationList } from '../../support/pki.ts';
import { day, from, hour, type ListServer, linkOf, startListServer } from './support.ts';

const authority = createAuthority({ cn: 'Root' });
const minute = 60_000;
const here = '127.0.0.1';

interface Stage {
  server: ListServer;
  lists: KnownLists;
  fetches: ReturnType<typeof createFetches>;
  /** Advances the clock, in milliseconds. */
  later(milliseconds: number): void;
}

async function stage(more: Partial<FetchesOptions> = {}): Promise<Stage> {
  const server = await startListServer();
  let ahead = 0;
  const lists = createKnownLists(openListFiles(join(scratchDirectory('fetches'), 'crls')));
  const fetches = createFetches({
    lists,
    download,
    resolve: resolveBySystem,
    now: () => from(ahead),
    random: () => 0,
    ...more,
  });
  return {
    server,
    lists,
    fetches,
    later(milliseconds) {
      ahead += milliseconds;
    },
  };
}

/** A certificate whose lists are at these URLs. */
const listedAt = (...urls: string[]) => linkOf(issue(authority, { names: ['a.test'], lists: urls }));

describe('a list', () => {
  test('without a number is fetched no more often than others, said every time, and made up for by a better one', async () => {
    const { server, fetches } = await stage();
    const [plain, numbered] = [server.url('/plain'), server.url('/numbered')];
    server.put('/plain', revocationList(authority, { number: null, nextUpdate: from(day) }));
    const link = listedAt(plain);
    const why = 'the list of its authority does not have the number that lists have to have';
    expect(await fetches.refresh(link, here)).toBe(why);
    expect(await fetches.refresh(link, here)).toBe(why);
    expect(server.asked).toHaveLength(1);
    server.put('/numbered', revocationList(authority, { nextUpdate: from(day) }));
    expect(await fetches.refresh(listedAt(plain, numbered), here)).toBeNull();
  });

  test('is fetched once, and again when three quarters of its time are over', async () => {
    const { server, fetches, later } = await stage();
    const link = listedAt(server.url('/1'));
    server.put('/1', revocationList(authority, { nextUpdate: from(4 * hour) }));
    expect(await fetches.refresh(link, here)).toBeNull();
    expect(await fetches.refresh(link, here)).toBeNull();
    expect(server.asked).toHaveLength(1);
    const due = await fetches.dueAt(link);
    expect(Math.abs(due - Date.now() - 3 * hour)).toBeLessThan(minute);
    later(3 * hour - minute);
    await fetches.refresh(link, here);
    expect(server.asked).toHaveLength(1);
    later(2 * minute);
    await fetches.refresh(link, here);
    expect(server.asked).toHaveLength(2);
  });

  test.each<[string, number, number, number]>([
    ['of a year is fetched once a day', 365 * day, 0.75, 18 * hour],
    ['of a year is fetched at a time of its own', 365 * day, 1, day],
    ['of a minute is not fetched every minute', 6 * minute, 0, 15 * minute],
  ])('%s', async (_, life, random, interval) => {
    const { server, fetches } = await stage({ random: () => (random - 0.75) * 4 });
    const link = listedAt(server.url('/1'));
    server.put('/1', revocationList(authority, { nextUpdate: from(life) }));
    await fetches.refresh(link, here);
    expect(Math.abs((await fetches.dueAt(link)) - Date.now() - interval)).toBeLessThan(minute);
  });

  test('is fetched from the second address when the first one fails', async () => {
    const { server, fetches, lists } = await stage();
    const link = listedAt(server.url('/missing'), server.url('/2'));
    server.put('/2', revocationList(authority));
    expect(await fetches.refresh(link, here)).toBeNull();
    expect(server.asked).toEqual(['/missing', '/2']);
    expect((await lists.ask(link, Date.now() / 1000)).kind).toBe('good');
    await fetches.refresh(link, here);
    expect(server.asked).toHaveLength(2);
  });

  test('is fetched once for all that ask at the same time', async () => {
    const { server, fetches } = await stage();
    server.put('/1', revocationList(authority));
    const links = Array.from({ length: 10 }, () => listedAt(server.url('/1')));
    expect(await Promise.all(links.map((link) => fetches.refresh(link, here)))).toEqual(Array(10).fill(null));
    expect(server.asked).toHaveLength(1);
  });

  test('is fetched again when the clock was set back behind the last time', async () => {
    const { server, fetches, later } = await stage();
    const link = listedAt(server.url('/1'));
    server.put('/1', revocationList(authority, { thisUpdate: from(-30 * day), nextUpdate: from(30 * day) }));
    await fetches.refresh(link, here);
    later(-day);
    await fetches.refresh(link, here);
    expect(server.asked).toHaveLength(2);
  });
});

test('two are fetched at the same time, and no more', async () => {
  let inside = 0;
  let most = 0;
  const { server, fetches } = await stage({
    async download(url, limits) {
      inside += 1;
      most = Math.max(most, inside);
      try {
        return await download(url, limits);
      } finally {
        inside -= 1;
      }
    },
  });
  const links = Array.from({ length: 6 }, (_, number) => {
    server.put(`/${number}`, revocationList(authority));
    return listedAt(server.url(`/${number}`));
  });
  expect(await Promise.all(links.map((link) => fetches.refresh(link, here)))).toEqual(Array(6).fill(null));
  expect(most).toBe(2);
  expect(server.asked).toHaveLength(6);
});

describe('a failure', () => {
  test('is tried again after ten minutes, then after twenty', async () => {
    const { server, fetches, later } = await stage();
    const link = listedAt(server.url('/1'));
    const why = 'the list of its authority could not be fetched: its server answered with status 404';
    for (const wait of [10, 20, 40]) {
      expect(await fetches.refresh(link, here)).toBe(why);
      const asked = server.asked.length;
      expect(Math.abs((await fetches.dueAt(link)) - Date.now())).toBeGreaterThan(0);
      later((wait - 1) * minute);
      expect(await fetches.refresh(link, here)).toBe(why);
      expect(server.asked).toHaveLength(asked);
      later(2 * minute);
    }
    server.put('/1', revocationList(authority));
    expect(await fetches.refresh(link, here)).toBeNull();
  });

  test('to bring a useful list says so', async () => {
    const { server, fetches } = await stage();
    server.put('/1', revocationList(createAuthority({ cn: 'Root' })));
    expect(await fetches.refresh(listedAt(server.url('/1')), here)).toBe(
      'the list of its authority is not signed by its authority',
    );
  });

  test('by a list that is too large says so', async () => {
    const { server, fetches } = await stage();
    server.put('/1', (_, response) =>
      response.writeHead(200, { 'content-length': String(16 * 1024 * 1024 + 1) }).end(),
    );
    expect(await fetches.refresh(listedAt(server.url('/1')), here)).toBe(
      'the list of its authority could not be fetched: it is larger than 16384 KiB',
    );
  });

  test('of a server that is too slow ends with the time limit', async () => {
    const { server, fetches } = await stage({ timeLimit: 600 });
    server.put('/1', (_, response) => void response.write('x'));
    expect(await fetches.refresh(listedAt(server.url('/1')), here)).toBe(
      'the list of its authority could not be fetched within 1 seconds',
    );
  });

  test('ours is told without its words', async () => {
    const { fetches } = await stage({ download: () => Promise.reject(new Error('from <script>')) });
    expect(await fetches.refresh(listedAt('http://a.test/'), here)).toBe(
      'the list of its authority could not be fetched',
    );
  });
});

test.each([
  ['a public server', '203.0.113.7'],
  ['a server in a network of its own', '10.0.0.1'],
  ['a server whose address is not known', undefined],
])('%s has no list on this computer', async (_, address) => {
  const { server, fetches } = await stage();
  server.put('/1', revocationList(authority));
  expect(await fetches.refresh(listedAt(server.url('/1')), address)).toBe(
    'the list of its authority could not be fetched: its address is on this computer or a network of its own',
  );
  expect(server.asked).toEqual([]);
});

test('closing breaks off what is under way', async () => {
  const { server, fetches } = await stage();
  let closed: Promise<unknown> = Promise.resolve();
  server.put('/1', (request, response) => {
    closed = new Promise((resolve) => request.socket.once('close', resolve));
    response.write('x');
    fetches.close();
  });
  expect(await fetches.refresh(listedAt(server.url('/1')), here)).not.toBeNull();
  await closed;
});

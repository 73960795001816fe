import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { download } from '../../../main/download.ts';
import type { KnownServer } from '../../../proxy/contract/index.ts';
import { resolveBySystem } from '../../../proxy/net/dial.ts';
import { serverId } from '../../../proxy/trust/decisions/trust-history.ts';
import { type JudgedPath, judge, type StapleFinding } from '../../../proxy/trust/judging/judge.ts';
import type { RevokedLookup } from '../../../proxy/trust/judging/revoked-links.ts';
import { createRoots } from '../../../proxy/trust/judging/roots.ts';
import {
  openRevocationChecks,
  type RevocationCheckOptions,
} from '../../../proxy/trust/revocation/revocation-checks.ts';
import { scratchDirectory } from '../../support/clean-up.ts';
import { createAuthority, type Identity, issue, revocationList } from '../../support/pki.ts';
import { trusting } from '../../support/roots.ts';
import { openDesk } from '../support.ts';
import { day, from, hour, type ListServer, startListServer } from './support.ts';

const root = createAuthority({ cn: 'Root' });
const place = { account: 'Work', server: 'a.test', port: 993 };
const here = '127.0.0.1';

async function stage(more: Partial<RevocationCheckOptions> = {}) {
  const { store, state } = await openDesk();
  const lists = await startListServer();
  const revoked: string[] = [];
  const faults: unknown[] = [];
  let ahead = 0;
  const directory = join(scratchDirectory('checks'), 'crls');
  const open = () => {
    const checks = openRevocationChecks({
      directory,
      servers: store.servers,
      download,
      resolve: resolveBySystem,
      now: () => from(ahead),
      random: () => 0,
      mayFetch: () => true,
      isConfigured: () => true,
      onRevoked: (fingerprint) => revoked.push(fingerprint),
      fault: (error) => faults.push(error),
      ...more,
    });
    onTestFinished(() => checks.close());
    return checks;
  };
  onTestFinished(() => expect(faults).toEqual([]));
  /** Resolves with the row's next value that matches this. */
  const standing = (like: Partial<NonNullable<KnownServer['revocation']>>, of = place) =>
    new Promise<KnownServer['revocation']>((resolve) => {
      const look = () => {
        const found = store.servers.get(serverId(of))?.revocation;
        if (!found || !Object.entries(like).every(([key, value]) => found[key as 'status'] === value)) return;
        stop();
        resolve(found);
      };
      const stop = state.subscribe(look);
      look();
    });
  const later = (milliseconds: number) => {
    ahead += milliseconds;
  };
  return { checks: open(), open, lists, revoked, store, standing, later };
}

type Stage = Awaited<ReturnType<typeof stage>>;

/** A server's certificate with its lists at `/leaf` and `/middle`, both fine. */
function certified(lists: ListServer, more: { own?: string[] } = {}) {
  const middle = issue(root, { ca: true, cn: 'Middle', lists: [lists.url('/middle')] });
  const leaf = issue(middle, { names: ['a.test'], lists: more.own ?? [lists.url('/leaf')] });
  lists.put('/middle', revocationList(root, { thisUpdate: from(-2 * hour) }));
  lists.put('/leaf', revocationList(middle, { thisUpdate: from(-2 * hour) }));
  return { middle, leaf };
}

function judged(leaf: Identity, revoked?: RevokedLookup, others: Identity[] = leaf.issuers.slice(0, -1)): JudgedPath {
  const anchors = createRoots(trusting([root.certPem, otherRoot.certPem]));
  const chain = [leaf, ...others].map(({ der }) => der);
  const presentation = { chain, server: 'a.test', staple: null, now: Date.now() };
  return judge(revoked ? { ...presentation, revoked } : presentation, anchors);
}
const otherRoot = createAuthority({ cn: 'Other root' });

/** The server is verified with this certificate, as the trust desk would do. */
function meet(
  { checks, store }: Pick<Stage, 'checks' | 'store'>,
  leaf: Identity,
  staple: StapleFinding = null,
  of = place,
): void {
  const judgement = { ...judged(leaf), staple };
  const { certificate } = judgement;
  const lastVerifiedAt = new Date().toISOString();
  const known = store.servers.get(serverId(of));
  const kept = known?.certificate.fingerprint === certificate.fingerprint ? known.revocation : undefined;
  const { account, server: host, port } = of;
  const row = {
    ...{ id: serverId(of), account, host, port, certificate, lastVerifiedAt },
    ...(kept ? { revocation: kept } : {}),
  };
  store.servers.set(row, 'memory');
  checks.met(of, judgement, here);
}

describe('a server that was verified', () => {
  test('is good when neither it nor its issuer is on a list', async () => {
    const on = await stage();
    const { leaf } = certified(on.lists);
    meet(on, leaf);
    expect(await on.standing({ status: 'good' })).toMatchObject({ source: 'crl' });
    expect(on.lists.asked.sort()).toEqual(['/leaf', '/middle']);
    expect(on.revoked).toEqual([]);
  });

  test.each(['leaf', 'middle'] as const)('is revoked when its %s is on one, and that is told once', async (which) => {
    const on = await stage();
    const { leaf, middle } = certified(on.lists);
    const serial = { leaf, middle }[which];
    on.lists.put(`/${which}`, revocationList(which === 'leaf' ? middle : root, { revoked: [{ serial }] }));
    meet(on, leaf);
    await on.standing({ status: 'revoked', source: 'crl' });
    on.later(7 * day);
    await on.checks.checkDue();
    expect(on.revoked).toEqual([leaf.fingerprint]);
  });

  test('turns out to be revoked later, while Postern runs', async () => {
    const on = await stage();
    const { leaf, middle } = certified(on.lists);
    meet(on, leaf);
    await on.standing({ status: 'good' });
    on.lists.put('/leaf', revocationList(middle, { revoked: [{ serial: leaf }] }));
    await on.checks.checkDue();
    expect(on.revoked).toEqual([]);
    on.later(20 * hour);
    await on.checks.checkDue();
    expect(on.revoked).toEqual([leaf.fingerprint]);
    await on.standing({ status: 'revoked' });
  });

  test('is released again by a newer list', async () => {
    const on = await stage();
    const { leaf, middle } = certified(on.lists);
    on.lists.put(
      '/leaf',
      revocationList(middle, { thisUpdate: from(-2 * hour), revoked: [{ serial: leaf, reason: 6 }] }),
    );
    meet(on, leaf);
    await on.standing({ status: 'revoked' });
    on.lists.put('/leaf', revocationList(middle));
    on.later(20 * hour);
    await on.checks.checkDue();
    await on.standing({ status: 'good' });
    expect(judged(leaf).problems).toEqual([]);
    expect((await on.checks.complete(judged(leaf), (revoked) => judged(leaf, revoked))).problems).toEqual([]);
  });

  test('is not known while its list cannot be had, and the staple covers it alone', async () => {
    const on = await stage();
    const { leaf } = certified(on.lists, { own: [on.lists.url('/missing')] });
    meet(on, leaf);
    const message =
      'Whether the certificate has been revoked is not known: the list of its authority could not be fetched: its server answered with status 404. Mail goes on.';
    expect(await on.standing({ status: 'unknown' })).toMatchObject({ source: null, nextUpdate: null, message });
    meet(on, leaf, { kind: 'good', until: Math.floor(Date.now() / 1000) + 9 * 86_400 });
    on.later(2 * hour);
    await on.checks.checkDue();
    await on.standing({ status: 'good', source: 'staple' });
  });

  test('without a list to fetch is not known', async () => {
    const on = await stage();
    const leaf = issue(root, { names: ['a.test'] });
    meet(on, leaf);
    expect((await on.standing({ status: 'unknown' }))?.message).toContain('its authority names no list');
    expect(on.lists.asked).toEqual([]);
  });

  test('shows what is known of the certificate that it was met with last', async () => {
    const on = await stage();
    const { leaf, middle } = certified(on.lists);
    on.lists.put('/leaf', revocationList(middle, { revoked: [{ serial: leaf }] }));
    meet(on, leaf);
    await on.standing({ status: 'revoked' });
    const next = issue(middle, { names: ['a.test'], lists: [on.lists.url('/leaf')] });
    meet(on, next);
    await on.standing({ status: 'good' });
    on.later(20 * hour);
    await on.checks.checkDue();
    expect(on.store.servers.get(serverId(place))).toMatchObject({
      certificate: { fingerprint: next.fingerprint },
      revocation: { status: 'good' },
    });
  });
});

describe('nothing is fetched', () => {
  test('while that is switched off; and it is when it is switched on', async () => {
    let on = false;
    const made = await stage({ mayFetch: () => on });
    const { leaf } = certified(made.lists);
    meet(made, leaf);
    expect((await made.standing({ status: 'unknown' }))?.message).toContain('are not fetched now');
    expect(made.lists.asked).toEqual([]);
    on = true;
    meet(made, leaf);
    await made.standing({ status: 'good' });
  });

  test('for a server that is not configured any more', async () => {
    let configured = true;
    const on = await stage({ isConfigured: () => configured });
    const { leaf } = certified(on.lists);
    meet(on, leaf);
    await on.standing({ status: 'good' });
    const before = on.lists.asked.length;
    configured = false;
    on.later(30 * day);
    await on.checks.checkDue();
    expect(on.lists.asked).toHaveLength(before);
  });

  test('where nothing can fetch', async () => {
    const on = await stage({ download: null });
    const { leaf } = certified(on.lists);
    meet(on, leaf);
    await on.standing({ status: 'unknown' });
    expect(on.lists.asked).toEqual([]);
  });

  test('after the end', async () => {
    const on = await stage();
    const { leaf } = certified(on.lists);
    await on.checks.close();
    meet(on, leaf);
    await on.checks.checkDue();
    expect(on.lists.asked).toEqual([]);
  });
});

test('four certificates of one server are looked after, the ones that were met last', async () => {
  const on = await stage();
  const { middle } = certified(on.lists);
  const leaves = Array.from({ length: 6 }, (_, number) => {
    on.lists.put(`/${number}`, revocationList(middle, { nextUpdate: from(hour) }));
    return issue(middle, { names: ['a.test'], lists: [on.lists.url(`/${number}`)] });
  });
  for (const leaf of leaves) {
    meet(on, leaf);
    await on.standing({ status: 'good' });
  }
  on.lists.asked.length = 0;
  on.later(2 * hour);
  await on.checks.checkDue();
  expect(on.lists.asked.filter((path) => /\d/.test(path)).sort()).toEqual(['/2', '/3', '/4', '/5']);
});

describe('a judgement', () => {
  const complete = ({ checks }: Pick<Stage, 'checks'>, leaf: Identity, others?: Identity[]) =>
    checks.complete(judged(leaf, undefined, others), (revoked) => judged(leaf, revoked, others));

  test('is left as it is without a list, and nothing is fetched for it', async () => {
    const on = await stage();
    const { leaf } = certified(on.lists);
    expect((await complete(on, leaf)).problems).toEqual([]);
    expect(on.lists.asked).toEqual([]);
  });

  test.each(['leaf', 'middle'] as const)('is "revoked" by what an earlier run stored about the %s', async (which) => {
    const on = await stage();
    const { leaf, middle } = certified(on.lists);
    const serial = { leaf, middle }[which];
    on.lists.put(`/${which}`, revocationList(which === 'leaf' ? middle : root, { revoked: [{ serial }] }));
    meet(on, leaf);
    await on.standing({ status: 'revoked' });
    await on.checks.close();
    const next = { checks: on.open() };
    const completed = await complete(next, leaf);
    expect(completed.problems).toEqual(['revoked']);
    expect(completed.details).toHaveLength(1);
    expect((await complete(next, leaf)).problems).toEqual(['revoked']);
  });

  test('changes with a list that comes later', async () => {
    const on = await stage();
    const { leaf, middle } = certified(on.lists);
    meet(on, leaf);
    await on.standing({ status: 'good' });
    expect((await complete(on, leaf)).problems).toEqual([]);
    on.lists.put('/leaf', revocationList(middle, { revoked: [{ serial: leaf }] }));
    on.later(20 * hour);
    await on.checks.checkDue();
    expect((await complete(on, leaf)).problems).toEqual(['revoked']);
  });

  test('goes over another issuer when one was revoked', async () => {
    const on = await stage();
    const { leaf, middle } = certified(on.lists);
    const crossed = issue(otherRoot, { ca: true, cn: 'Middle', key: middle.keys, lists: [on.lists.url('/crossed')] });
    on.lists.put('/middle', revocationList(root, { revoked: [{ serial: middle }] }));
    meet(on, leaf);
    await on.standing({ status: 'revoked' });
    const both = await complete(on, leaf, [middle, crossed]);
    expect(both.problems).toEqual([]);
    expect(both.path[1]?.fingerprint).toBe(crossed.fingerprint);
    expect((await complete(on, leaf, [middle])).problems).toEqual(['revoked']);
  });

  test('of a chain that leads nowhere is not looked up', async () => {
    const on = await stage();
    const stranger = issue(createAuthority(), { names: ['a.test'], lists: [on.lists.url('/leaf')] });
    const completed = await complete(on, stranger);
    expect(completed.path).toEqual([]);
    expect(completed.problems).toEqual(['unknown-issuer']);
  });
});

test('a server that is refused for its list is asked about again, so that it can be released', async () => {
  const on = await stage();
  const { leaf, middle } = certified(on.lists);
  on.lists.put(
    '/leaf',
    revocationList(middle, { thisUpdate: from(-2 * hour), revoked: [{ serial: leaf, reason: 6 }] }),
  );
  meet(on, leaf);
  await on.standing({ status: 'revoked' });
  await on.checks.close();
  const checks = on.open();
  on.lists.put('/leaf', revocationList(middle));
  on.later(20 * hour);
  meet({ checks, store: on.store }, leaf);
  await on.standing({ status: 'good' });
  expect((await checks.complete(judged(leaf), (revoked) => judged(leaf, revoked))).problems).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { type CertificateOptions, der, issue } from '../../support/pki.ts';
import { authority, judged } from '../support.ts';

/** Policies are numbered: 1 is 2.5.1.1 and so on; `any` is anyPolicy. */
type Policy = number | 'any';
const oid = (policy: Policy) =>
  der(0x06, policy === 'any' ? Buffer.from('551d2000', 'hex') : Buffer.from([85, 1, policy]));

interface Policies {
  has?: Policy[];
  maps?: [Policy, Policy][];
  require?: number;
  inhibitMapping?: number;
  inhibitAny?: number;
  constraintsNotCritical?: boolean;
}

function extensions(policies: Policies): CertificateOptions['extensions'] {
  const { has, maps, require, inhibitMapping, inhibitAny } = policies;
  const count = (number: number) => Buffer.from([number]);
  const list: NonNullable<CertificateOptions['extensions']> = [];
  if (has) list.push({ oid: '2.5.29.32', value: der(0x30, ...has.map((policy) => der(0x30, oid(policy)))) });
  if (maps) {
    const pairs = maps.map(([from, to]) => der(0x30, oid(from), oid(to)));
    list.push({ oid: '2.5.29.33', critical: true, value: der(0x30, ...pairs) });
  }
  if (require !== undefined || inhibitMapping !== undefined) {
    const fields = [
      ...(require === undefined ? [] : [der(0x80, count(require))]),
      ...(inhibitMapping === undefined ? [] : [der(0x81, count(inhibitMapping))]),
    ];
    list.push({ oid: '2.5.29.36', critical: !policies.constraintsNotCritical, value: der(0x30, ...fields) });
  }
  if (inhibitAny !== undefined) {
    list.push({ oid: '2.5.29.54', critical: true, value: der(0x02, count(inhibitAny)) });
  }
  return list;
}

/** Whether a chain is accepted: root, then intermediates, then the leaf, each with its policies. */
function stands(...chain: Policies[]): boolean {
  let top = authority;
  chain.slice(0, -1).forEach((policies, index) => {
    top = issue(top, { ca: true, cn: `Middle ${index}`, extensions: extensions(policies) ?? [] });
  });
  const leaf = issue(top, { names: ['mail.example.org'], extensions: extensions(chain.at(-1) ?? {}) ?? [] });
  const { problems } = judged(leaf);
  expect([[], ['unknown-issuer']]).toContainEqual(problems);
  return problems.length === 0;
}

describe('policies that are in order', () => {
  test.each<[string, Policies[]]>([
    ['none, and none demanded', [{}, {}]],
    ['different ones, and none demanded', [{ has: [1] }, { has: [2] }]],
    ['the demanded one', [{ has: [1], require: 0 }, { has: [1] }]],
    ['one of several', [{ has: [1, 2], require: 0 }, { has: [2, 3] }]],
    ['any above', [{ has: ['any'], require: 0 }, { has: [7] }]],
    ['any below', [{ has: [1], require: 0 }, { has: ['any'] }]],
    [
      'the demanded one, in a demand that is not critical',
      [{ has: [1], require: 0, constraintsNotCritical: true }, { has: [1] }],
    ],
    ['a demand that begins further down', [{ require: 2 }, {}]],
    ['one that has another name below', [{ has: [1], maps: [[1, 2]], require: 0 }, { has: [2] }]],
    [
      'names that change places',
      [
        {
          has: [1],
          maps: [
            [1, 2],
            [2, 1],
          ],
          require: 0,
        },
        { has: [2] },
      ],
    ],
  ])('%s', (_, chain) => {
    expect(stands(...chain)).toBe(true);
  });
});

describe('policies that are missing', () => {
  test.each<[string, Policies[]]>([
    ['altogether', [{ require: 0 }, {}]],
    ['where the demand begins with the server', [{ require: 1 }, {}]],
    ['in the server', [{ has: [1], require: 0 }, {}]],
    ['in common', [{ has: [1], require: 0 }, { has: [2] }]],
    ['in the middle', [{ has: [1], require: 0 }, {}, { has: [1] }]],
    ['where the server demands one of itself', [{}, { require: 0 }]],
    ['because any is not allowed', [{ has: [1], require: 0, inhibitAny: 0 }, { has: ['any'] }]],
    ['because the old name does not count below', [{ has: [1], maps: [[1, 2]], require: 0 }, { has: [1] }]],
    [
      'because renaming is not allowed',
      [{ has: [1], require: 0, inhibitMapping: 0 }, { has: [1], maps: [[1, 2]] }, { has: [2] }],
    ],
    ['in a demand that is not critical', [{ has: [1], require: 0, constraintsNotCritical: true }, {}]],
    ['because any is renamed', [{ has: [1], maps: [['any', 2]] }, { has: [2] }]],
  ])('%s', (_, chain) => {
    expect(stands(...chain)).toBe(false);
  });
});

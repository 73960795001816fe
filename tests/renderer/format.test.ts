import { describe, expect, test } from 'vitest';
import {
  commonName,
  day,
  fingerprintBeginning,
  formatBytes,
  formatDay,
  formatDistance,
  formatDuration,
  formatEndpoint,
  formatTlsVersion,
} from '../../renderer/words/format.ts';

describe('bytes', () => {
  test.each([
    [0, /^0 bytes$/],
    [1, /^1 byte$/],
    [999, /^999 bytes$/],
    [1000, /^1 kB$/],
    [1550, /^1\.6 kB$/],
    [999_949, /^999\.9 kB$/],
    [999_950, /^1 MB$/],
    [3_480_000, /^3\.5 MB$/],
    [1_200_000_000, /^1\.2 GB$/],
    [5e15, /^5,000 TB$/],
  ])('%d', (bytes, shown) => {
    expect(formatBytes(bytes)).toMatch(shown);
  });
});

describe('distances in time', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const at = (milliseconds: number) => new Date(now + milliseconds).toISOString();
  test.each([
    [0, 'just now'],
    [-9_000, 'just now'],
    [-25_000, '20 seconds ago'],
    [-60_000, '1 minute ago'],
    [-3_599_000, '59 minutes ago'],
    [-3_600_000, '1 hour ago'],
    [-26 * 3_600_000, '26 hours ago'],
    [-2 * day, '2 days ago'],
    [118.4 * day, 'in 118 days'],
    [3650 * day, 'in 9 years'],
  ])('%d ms', (distance, shown) => {
    expect(formatDistance(at(distance), now)).toBe(shown);
  });

  test('a time that cannot be read is shown as none', () => {
    expect(formatDistance('yesterday-ish', now)).toBe('–');
    expect(formatDay('')).toBe('–');
  });
});

test('durations', () => {
  expect(formatDuration(340.4)).toBe('340 ms');
  expect(formatDuration(1234)).toBe('1.2 s');
});

test('the beginning of a fingerprint has the form of the whole', () => {
  expect(fingerprintBeginning('0123456789abcdef'.repeat(4))).toBe('01:23:45:67:89:AB:CD:EF …');
});

test('TLS versions are said with a space', () => {
  expect(formatTlsVersion('TLSv1.3')).toBe('TLS 1.3');
});

test('addresses with their port are unambiguous', () => {
  expect(formatEndpoint('127.0.0.1', 1143)).toBe('127.0.0.1:1143');
  expect(formatEndpoint('::1', 1143)).toBe('[::1]:1143');
});

test.each([
  ['CN=mail.example.org, O=Example, C=DE', 'mail.example.org'],
  ['C=DE\nO=Example\nCN=mail.example.org', 'mail.example.org'],
  ['O=ACN=false, CN=right', 'right'],
  ['O=No common name', 'O=No common name'],
  ['', ''],
])('the name in %j', (subject, name) => {
  expect(commonName(subject)).toBe(name);
});

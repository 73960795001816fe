import { describe, expect, test } from 'vitest';
import { isMechanism, redactSaslArgument } from '../../proxy/protocols/sasl-redaction.ts';

describe('mechanisms', () => {
  test.each(['PLAIN', 'plain', 'CRAM-MD5', 'SCRAM-SHA-256-PLUS', 'XOAUTH2', 'GS2-KRB5'])('%s', (word) => {
    expect(isMechanism(word)).toBe(true);
  });
  test.each(['', 'hunter2', 'PLAINX', 'SCRAM-', 'AGFubmEA', `SCRAM-${'A'.repeat(40)}`])('none: %j', (word) => {
    expect(isMechanism(word)).toBe(false);
  });
});

test.each([
  ['PLAIN', 'PLAIN'],
  [' PLAIN ', 'PLAIN'],
  ['PLAIN AGFubmEA', 'PLAIN ‹secret›'],
  ['AGFubmEA', '‹secret›'],
  ['AGFubmEA PLAIN', '‹secret›'],
])('%j', (argument, expected) => {
  expect(redactSaslArgument(argument)).toBe(expected);
});

import { expect, test } from 'vitest';
import {
  Transaction,
  type TransactionCommand,
  transactionCommands,
  transactionStates,
  transactionSteps,
} from '../../../proxy/dialects/smtp/transaction.ts';

/** A sequence of commands to each state. */
const ways: Record<(typeof transactionStates)[number], TransactionCommand[]> = {
  stranger: [],
  none: ['HELLO', 'AUTH', 'MAIL', 'RSET'],
  sender: ['MAIL'],
  recipients: ['AUTH', 'MAIL', 'RCPT', 'RCPT'],
  chunks: ['MAIL', 'RCPT', 'CHUNK', 'CHUNK'],
};

test.each(transactionStates)('%s: what is in the table is allowed, and leads there', (state) => {
  for (const command of transactionCommands) {
    const transaction = new Transaction();
    for (const step of ways[state]) transaction.accepted(step);
    expect(transaction.state).toBe(state);
    const to = transactionSteps[state][command];
    expect(transaction.allows(command)).toBe(to !== undefined);
    transaction.accepted(command);
    expect(transaction.state).toBe(to ?? state);
  }
});

test('a sign-in is for strangers: there is none after one that succeeded, nor while a message is being sent', () => {
  expect(transactionStates.filter((state) => transactionSteps[state].AUTH)).toEqual(['stranger']);
  expect(
    Object.values(transactionSteps).flatMap((steps) => Object.values(steps).filter((to) => to === 'stranger')),
  ).toEqual(['stranger', 'stranger']);
});

test('109: no text without an accepted sender and recipient', () => {
  const texts = ['DATA', 'CHUNK', 'LAST'] as const;
  const reachable = transactionStates.filter((state) => texts.some((command) => transactionSteps[state][command]));
  expect(reachable).toEqual(['recipients', 'chunks']);
  for (const [state, steps] of Object.entries(transactionSteps)) {
    if (steps.RCPT) expect(['sender', 'recipients']).toContain(state);
  }
});

test('chunks are counted message by message', () => {
  const transaction = new Transaction();
  for (const step of ways.chunks) transaction.accepted(step);
  transaction.chunked += 10;
  transaction.accepted('CHUNK');
  expect(transaction.chunked).toBe(10);
  transaction.accepted('LAST');
  expect(transaction.chunked).toBe(0);
  transaction.chunked = 5;
  transaction.lost();
  expect(transaction).toMatchObject({ chunked: 0, state: 'none' });
});

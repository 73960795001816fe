import type { Message } from '../../../main/notify/message.ts';

export const message = (more: Partial<Message> = {}): Message => ({
  version: 1,
  time: '2026-11-16T10:00:00.000Z',
  computer: 'box',
  kind: 'question',
  title: 'Is this really imap.example.org?',
  text: 'Nothing of Work is sent there until you decide.',
  command: 'postern certificates',
  account: 'Work',
  server: 'imap.example.org',
  ...more,
});

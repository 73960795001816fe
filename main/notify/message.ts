import { hostname } from 'node:os';
import type { Notice, Occasion } from '../notices.ts';

/** The message to a program or web server. Relied on by scripts: add, never rename. */
export interface Message {
  version: 1;
  /** RFC 3339. */
  time: string;
  /** The name of the computer that Postern runs on. */
  computer: string;
  kind: Occasion['kind'] | 'more';
  /** One line for people, without a control character. */
  title: string;
  /** Some sentences for people, on one line as well. */
  text: string;
  /** The command that shows more, and answers. */
  command: string;
  account?: string;
  server?: string;
}

const commands: Record<Message['kind'], string> = {
  alarm: 'postern certificates',
  question: 'postern certificates',
  questions: 'postern certificates',
  'sign-in-needed': 'postern accounts',
  'certificate-expiring': 'postern status',
  device: 'postern devices',
  more: 'postern status',
};

/** @returns null for changes that do not matter to an absent person */
export function messageOf({ title, body, occasion }: Notice, time: Date): Message | null {
  if (!occasion) return null;
  return { ...about(occasion.kind, time), title, text: body, ...occasion };
}

/** The last one for a while. */
export function moreMessage(time: Date): Message {
  return {
    ...about('more', time),
    title: 'More than Postern tells of one by one',
    text: 'So much waits for an answer that the next hour brings no further messages. "postern status" shows all of it.',
  };
}

function about(kind: Message['kind'], time: Date) {
  return { version: 1, time: time.toISOString(), computer: hostname(), kind, command: commands[kind] } as const;
}

import { expect } from 'vitest';
import type { Inn } from '../../support/inn.ts';
import type { MailUser } from '../../support/mail-users.ts';
import { RawClient } from '../../support/raw-client.ts';

/** A news program that says what it is told. */
export class Reader {
  readonly #client: RawClient;

  private constructor(client: RawClient) {
    this.#client = client;
  }

  /** Connects and hears the greeting. */
  static async open(port: number, greeting = /^200 /): Promise<Reader> {
    const client = await RawClient.connect(port);
    expect(await client.line()).toMatch(greeting);
    return new Reader(client);
  }

  async say(line: string): Promise<string> {
    this.#client.send(`${line}\r\n`);
    return this.#client.line();
  }

  /** Commands whose replies are lists, sent at once. Returns their lines, with dots as they were sent. */
  async lists(commands: readonly string[], code: RegExp): Promise<string[][]> {
    this.#client.send(commands.map((line) => `${line}\r\n`).join(''));
    const all: string[][] = [];
    while (all.length < commands.length) {
      expect(await this.#client.line()).toMatch(code);
      const lines: string[] = [];
      for (let next = await this.#client.line(); next !== '.'; next = await this.#client.line()) lines.push(next);
      all.push(lines);
    }
    return all;
  }

  async list(command: string, code: RegExp): Promise<string[]> {
    return (await this.lists([command], code))[0] ?? [];
  }

  async signIn({ address, password }: MailUser): Promise<string> {
    const asked = await this.say(`AUTHINFO USER ${address}`);
    return asked.startsWith('381') ? this.say(`AUTHINFO PASS ${password}`) : asked;
  }

  async post(article: string): Promise<string> {
    expect(await this.say('POST')).toMatch(/^340/);
    this.#client.send(`${article}.\r\n`);
    return this.#client.line();
  }

  async quit(): Promise<void> {
    expect(await this.say('QUIT')).toMatch(/^205/);
    expect(await this.#client.ended).toBe('end');
    this.#client.finish();
  }
}

/** Every byte value that an article may contain, dots at the start of lines, long lines. */
export const articleBody = [
  'two words',
  '..a dot in front',
  '..',
  '....',
  '',
  'x'.repeat(900),
  String.fromCharCode(...Array.from({ length: 255 }, (_, at) => at + 1).filter((byte) => byte !== 10 && byte !== 13)),
  '',
]
  .map((line) => `${line}\r\n`)
  .join('');
/** An article for the group; its Message-ID is made of `id`. */
export const articleOf = (id: string, group = 'misc.test') =>
  `From: alice <alice@example.test>\r\nNewsgroups: ${group}\r\nSubject: ${id}\r\nMessage-ID: <${id}@example.test>\r\n\r\n${articleBody}`;

/** Makes another server send this many articles, without waiting for each reply. */
export async function feed({ ports }: Inn, count: number): Promise<void> {
  const peer = await RawClient.connect(ports.feed);
  await peer.line();
  const date = new Date().toUTCString().replace('GMT', '+0000');
  for (let number = 0; number < count; number += 1) {
    const head = `Path: other.test!not-for-mail\r\nDate: ${date}\r\n`;
    peer.send(`TAKETHIS <n${number}@example.test>\r\n${head}${articleOf(`n${number}`)}.\r\n`);
  }
  for (let number = 0; number < count; number += 1) expect(await peer.line()).toMatch(/^239/);
  peer.finish();
}

/** The mail program sent something that IMAP's grammar does not allow. The message is for its log. */
export class BadCommand extends Error {
  override readonly name = 'BadCommand';
}

/**
 * A string as IMAP sends it: quoted, or as a literal where that is not possible (RFC 3501 §4.3). Latin-1 stands for
 * bytes.
 */
export function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a quoted string cannot hold
  if (/[\u0000\r\n\u0080-\u{10ffff}]/u.test(text)) return literal(text);
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

export function literal(text: string): string {
  return `{${text.length}}\r\n${text}`;
}

/** Reads the arguments of a command from left to right. Literals appear in it as quoted strings. */
export class ImapArguments {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** True when nothing is left. */
  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Checks whether this comes next, without taking it. */
  next(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  /** Takes this text if it comes next. */
  take(text: string): boolean {
    if (!this.next(text)) return false;
    this.#at += text.length;
    return true;
  }

  /** @throws {BadCommand} when this does not come next. */
  expect(text: string): void {
    if (!this.take(text)) throw new BadCommand(`expected "${text}"`);
  }

  /** Takes what matches from here on. @throws {BadCommand} when nothing does. */
  match(pattern: RegExp): string {
    const sticky = new RegExp(pattern, `${pattern.flags.replace('y', '')}y`);
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0];
    if (found === undefined || found === '') throw new BadCommand('this cannot be read');
    this.#at += found.length;
    return found;
  }

  /** A word such as a flag or the name of a data item. */
  atom(): string {
    return this.match(/\\?[^\s(){%*"\\\]]+/);
  }

  number(): number {
    return Number(this.match(/\d{1,10}/));
  }

  /** A string in any of its forms, or an atom (RFC 3501 §9 `astring`; for `list` with wildcards). */
  string(list = false): string {
    if (!this.next('"')) return this.match(list ? /[^\s(){"\\]+/ : /[^\s(){%*"\\]+/);
    // Not by a pattern: a literal of ten megabytes may be here as a quoted string.
    let end = this.#at + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1;
    if (end >= this.#text.length) throw new BadCommand('a string does not end');
    const value = this.#text.slice(this.#at + 1, end).replace(/\\(.)/gs, '$1');
    this.#at = end + 1;
    return value;
  }

  /** Values between parentheses, each read by `one`. */
  list<T>(one: () => T): T[] {
    this.expect('(');
    const values: T[] = [];
    while (!this.take(')')) {
      if (values.length > 0) this.expect(' ');
      values.push(one());
    }
    return values;
  }

  /** @throws {BadCommand} when something is left. */
  end(): void {
    if (!this.done) throw new BadCommand('there is more than the command takes');
  }
}

/**
 * Reads a set of numbers (RFC 3501 §9 `sequence-set`), such as `1:3,7,9:*`.
 *
 * @param largest what `*` stands for
 * @returns whether a number is in it
 */
export function sequenceSet(text: string, largest: number): (number: number) => boolean {
  const ranges = text.split(',').map((range) => {
    const match = /^(\d{1,10}|\*)(?::(\d{1,10}|\*))?$/.exec(range);
    if (!match) throw new BadCommand('that is no set of messages');
    const [first, last] = [match[1], match[2] ?? match[1]].map((word) => (word === '*' ? largest : Number(word)));
    return [Math.min(first ?? 0, last ?? 0), Math.max(first ?? 0, last ?? 0)] as const;
  });
  return (number) => ranges.some(([first, last]) => number >= first && number <= last);
}

/** The pattern of a sequence set, for reading one from arguments. */
export const sequenceSetPattern = /[\d*:,]+/;

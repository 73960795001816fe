import { bodyStructure, envelope, partAt } from './imap-structure.ts';
import { BadCommand, type ImapArguments, literal, quoted } from './imap-text.ts';
import type { Message } from './mailbox.ts';
import { type MimePart, parseMime } from './mime.ts';

/** One thing that FETCH requests of each message. */
export interface FetchItem {
  /** In upper case, without a section. */
  name: string;
  /** Renders it, name and value. */
  render(message: Message, parsed: () => MimePart): string;
  /** True for items that mark a message as read (RFC 3501 §6.4.5). */
  marksSeen: boolean;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const simple: Record<string, (message: Message, parsed: () => MimePart) => string> = {
  FLAGS: ({ flags }) => `(${[...flags].join(' ')})`,
  UID: ({ uid }) => String(uid),
  INTERNALDATE: ({ received }) => quoted(internalDate(received)),
  'RFC822.SIZE': ({ bytes }) => String(bytes.length),
  ENVELOPE: (_, parsed) => envelope(parsed().fields),
  BODY: (_, parsed) => bodyStructure(parsed(), false),
  BODYSTRUCTURE: (_, parsed) => bodyStructure(parsed(), true),
  RFC822: ({ bytes }) => literal(bytes.toString('latin1')),
  'RFC822.HEADER': (_, parsed) => literal(parsed().header.toString('latin1')),
  'RFC822.TEXT': (_, parsed) => literal(parsed().body.toString('latin1')),
};

const macros: Record<string, string[]> = {
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
};

/** What a UID FETCH always includes, and a FETCH that changed a flag. */
export const uidItem = simpleItem('UID');
export const flagsItem = simpleItem('FLAGS');

/** Reads what a FETCH requests: a macro, one item, or a list of them. @throws {BadCommand} */
export function readFetchItems(args: ImapArguments): FetchItem[] {
  if (args.next('(')) return args.list(() => readItem(args));
  for (const [macro, names] of Object.entries(macros)) {
    if (args.take(macro)) return names.map(simpleItem);
  }
  return [readItem(args)];
}

/** A date in the form of INTERNALDATE, in UTC. */
function internalDate(date: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = String(date.getUTCDate()).padStart(2, ' ');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${day}-${months[date.getUTCMonth()]}-${date.getUTCFullYear()} ${time} +0000`;
}

/** Reads a date as commands write it, `1-Feb-2026` with or without a time. @throws {BadCommand} */
export function readImapDate(text: string): Date {
  const match = /^ ?(\d{1,2})-([A-Z][a-z]{2})-(\d{4})(?: (\d{2}:\d{2}:\d{2}) ([+-]\d{4}))?$/.exec(text);
  const month = months.indexOf(match?.[2] ?? '');
  if (!match || month === -1) throw new BadCommand('that is no date');
  const [, day = '', , year, time = '00:00:00', zone = '+0000'] = match;
  const at = `${year}-${String(month + 1).padStart(2, '0')}-${day.padStart(2, '0')}`;
  const date = new Date(`${at}T${time}${zone.slice(0, 3)}:${zone.slice(3)}`);
  if (Number.isNaN(date.getTime())) throw new BadCommand('that is no date');
  return date;
}

function simpleItem(name: string): FetchItem {
  const value = simple[name];
  if (!value) throw new BadCommand(`${name} is no data item`);
  return {
    name,
    render: (message, parsed) => `${name} ${value(message, parsed)}`,
    marksSeen: name === 'RFC822' || name === 'RFC822.TEXT',
  };
}

function readItem(args: ImapArguments): FetchItem {
  const name = args.match(/[A-Za-z0-9.]+/).toUpperCase();
  if ((name !== 'BODY' && name !== 'BODY.PEEK') || !args.take('[')) return simpleItem(name);
  const section = args.next(']') ? '' : args.match(/[0-9A-Za-z.]+/).toUpperCase();
  const match = /^((?:[1-9]\d{0,5}\.?)*)(?<!\d)([A-Z.]*)$|^((?:[1-9]\d{0,5}\.)*[1-9]\d{0,5})$/.exec(section);
  if (!match) throw new BadCommand(`${section} is no section`);
  const [, before = '', text = '', alone = ''] = match;
  const path = (before + alone).split('.').filter(Boolean).map(Number);
  const names = text.startsWith('HEADER.FIELDS') ? readFieldNames(args) : [];
  args.expect(']');
  const partial = args.next('<') ? /<(\d+)\.(\d+)>/.exec(args.match(/<\d{1,10}\.\d{1,10}>/)) : null;
  const select = selector(text, names);
  const label = `BODY[${section}${names.length > 0 ? ` (${names.map((each) => each.toUpperCase()).join(' ')})` : ''}]`;
  return {
    name,
    marksSeen: name === 'BODY',
    render(message) {
      const part = partAt(message.bytes, path);
      let content = part ? select(part, path.length === 0, message) : null;
      if (content === null) return `${label} NIL`;
      const from = partial ? Number(partial[1]) : 0;
      if (partial) content = content.slice(from, from + Number(partial[2]));
      return `${label}${partial ? `<${from}>` : ''} ${literal(content)}`;
    },
  };
}

function readFieldNames(args: ImapArguments): string[] {
  args.expect(' ');
  const names = args.list(() => args.string().toLowerCase());
  if (names.length === 0) throw new BadCommand('no header field is named');
  return names;
}

type Select = (part: MimePart, isWhole: boolean, message: Message) => string | null;

/**
 * What a section's text selects (RFC 3501 §6.4.5). HEADER and TEXT of a part are those of the message enclosed in it.
 */
function selector(text: string, names: string[]): Select {
  const enclosed = (part: MimePart, isWhole: boolean) => (isWhole ? part : (part.parts[0] ?? null));
  switch (text) {
    case '':
      return (part, isWhole, message) => (isWhole ? message.bytes : part.body).toString('latin1');
    case 'MIME':
      return (part, isWhole) => (isWhole ? null : part.header.toString('latin1'));
    case 'HEADER':
      return (part, isWhole) => enclosed(part, isWhole)?.header.toString('latin1') ?? null;
    case 'TEXT':
      return (part, isWhole) => enclosed(part, isWhole)?.body.toString('latin1') ?? null;
    case 'HEADER.FIELDS':
    case 'HEADER.FIELDS.NOT': {
      const wanted = new Set(names);
      const keep = (name: string) => wanted.has(name) === (text === 'HEADER.FIELDS');
      return (part, isWhole) => {
        const header = enclosed(part, isWhole)?.header;
        return header ? headerFields(header, keep) : null;
      };
    }
    default:
      throw new BadCommand(`${text} is no section`);
  }
}

/** The fields as they are in the header, folding included, and the blank line that ends it. */
function headerFields(header: Buffer, keep: (name: string) => boolean): string {
  const fields = header
    .toString('latin1')
    .split(/\r\n(?![ \t])/)
    .filter((field) => field !== '' && keep((/^[^:\s]*/.exec(field)?.[0] ?? '').toLowerCase()));
  return [...fields, '', ''].join('\r\n');
}

/** One FETCH response. */
export function fetchResponse(sequence: number, message: Message, items: readonly FetchItem[]): string {
  let parsed: MimePart | null = null;
  const parse = () => {
    parsed ??= parseMime(message.bytes);
    return parsed;
  };
  return `* ${sequence} FETCH (${items.map((item) => item.render(message, parse)).join(' ')})`;
}

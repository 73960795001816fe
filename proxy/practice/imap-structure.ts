import addressparser from 'nodemailer/lib/addressparser';
import { quoted } from './imap-text.ts';
import { fieldOf, type MimePart, parseMime, readParameters } from './mime.ts';

/** ENVELOPE (RFC 3501 §7.4.2): the header fields needed for a list of messages. */
export function envelope(fields: [string, string][]): string {
  const from = addresses(fieldOf(fields, 'from'));
  // RFC 3501 §7.4.2: an absent sender or reply-to is the same as from.
  const orFrom = (name: string) => {
    const list = addresses(fieldOf(fields, name));
    return list === 'NIL' ? from : list;
  };
  const text = (name: string) => quotedOrNil(fieldOf(fields, name));
  return `(${[
    text('date'),
    text('subject'),
    from,
    orFrom('sender'),
    orFrom('reply-to'),
    addresses(fieldOf(fields, 'to')),
    addresses(fieldOf(fields, 'cc')),
    addresses(fieldOf(fields, 'bcc')),
    text('in-reply-to'),
    text('message-id'),
  ].join(' ')})`;
}

/** BODYSTRUCTURE, or without `extended` BODY (RFC 3501 §7.4.2). */
export function bodyStructure(part: MimePart, extended: boolean): string {
  const disposition = extended ? ` ${contentDisposition(part)} NIL NIL` : '';
  if (part.type === 'multipart') {
    const parts = part.parts.map((each) => bodyStructure(each, extended)).join('');
    const more = extended ? ` ${parameters(part.parameters)}${disposition}` : '';
    return `(${parts} ${quoted(part.subtype.toUpperCase())}${more})`;
  }
  const fields = [
    quoted(part.type.toUpperCase()),
    quoted(part.subtype.toUpperCase()),
    parameters(part.parameters),
    quotedOrNil(fieldOf(part.fields, 'content-id')),
    quotedOrNil(fieldOf(part.fields, 'content-description')),
    quoted((fieldOf(part.fields, 'content-transfer-encoding') || '7bit').toUpperCase()),
    String(part.body.length),
  ];
  const inner = part.parts[0];
  if (inner) fields.push(envelope(inner.fields), bodyStructure(inner, extended), String(lineCount(part.body)));
  else if (part.type === 'text') fields.push(String(lineCount(part.body)));
  const more = extended ? ` ${quotedOrNil(fieldOf(part.fields, 'content-md5'))}${disposition}` : '';
  return `(${fields.join(' ')}${more})`;
}

/**
 * Finds what a section of a FETCH names (RFC 3501 §6.4.5), except its HEADER.FIELDS.
 *
 * @param numbers `[1, 2]` for `1.2`; none for the message itself
 * @returns null when there is no such part
 */
export function partAt(message: Buffer, numbers: readonly number[]): MimePart | null {
  let part: MimePart | undefined = parseMime(message);
  for (const number of numbers) {
    // The parts of an enclosed message are numbered as if it were the message (RFC 3501 §6.4.5).
    if (part?.type === 'message' && part.parts[0]) part = part.parts[0];
    if (part?.type === 'multipart') part = part.parts[number - 1];
    else if (number !== 1) return null;
    if (!part) return null;
  }
  return part ?? null;
}

function lineCount(body: Buffer): number {
  return body.toString('latin1').split('\r\n').length - 1;
}

function contentDisposition(part: MimePart): string {
  const value = fieldOf(part.fields, 'content-disposition');
  const kind = /^[\w-]+/.exec(value)?.[0];
  return kind === undefined ? 'NIL' : `(${quoted(kind.toUpperCase())} ${parameters(readParameters(value))})`;
}

function parameters(list: [string, string][]): string {
  return list.length === 0 ? 'NIL' : `(${list.flatMap(([name, value]) => [quoted(name), quoted(value)]).join(' ')})`;
}

function addresses(value: string): string {
  const list = value === '' ? [] : addressparser(value, { flatten: true });
  if (list.length === 0) return 'NIL';
  const one = ({ name, address }: { name: string; address: string }) => {
    const at = address.lastIndexOf('@');
    const [user, host] = at === -1 ? [address, ''] : [address.slice(0, at), address.slice(at + 1)];
    return `(${[quotedOrNil(name), 'NIL', quotedOrNil(user), quotedOrNil(host)].join(' ')})`;
  };
  return `(${list.map(one).join('')})`;
}

function quotedOrNil(text: string): string {
  return text === '' ? 'NIL' : quoted(text);
}

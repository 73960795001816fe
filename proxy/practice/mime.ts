/** A message, or one part of it (RFC 2045, RFC 2046): where it begins and ends, and what it is. */
export interface MimePart {
  /** Header and body as they are. */
  header: Buffer;
  body: Buffer;
  /** By lower-case name, in order; unfolded. */
  fields: [string, string][];
  /** Lower case: `text`, `multipart`, … */
  type: string;
  subtype: string;
  parameters: [string, string][];
  /** Parts of a `multipart`; the message inside a `message/rfc822`; else empty. */
  parts: MimePart[];
}

/** No mail program nests deeper; in a message that does, everything below is shown as one piece. */
const deepest = 20;
const maxParts = 200;

const asciiText = { type: 'text', subtype: 'plain', parameters: [['charset', 'us-ascii']] as [string, string][] };

/** Parses a message. A malformed one still gives a sensible result. */
export function parseMime(bytes: Buffer, depth = 0): MimePart {
  const blank = bytes.indexOf('\r\n\r\n');
  const noHeader = bytes.subarray(0, 2).toString('latin1') === '\r\n';
  const bodyAt = noHeader ? 2 : blank === -1 ? bytes.length : blank + 4;
  const header = bytes.subarray(0, bodyAt);
  const body = bytes.subarray(bodyAt);
  const fields = readFields(header);
  const content = readContentType(fieldOf(fields, 'content-type'));
  const part: MimePart = { header, body, fields, ...content, parts: [] };
  if (depth >= deepest) return { ...part, ...asciiText };
  if (part.type === 'multipart') {
    const boundary = parameterOf(part.parameters, 'boundary');
    part.parts = boundary === '' ? [] : splitAt(body, boundary).map((piece) => parseMime(piece, depth + 1));
    // RFC 3501 §9 has no multipart without parts.
    if (part.parts.length === 0) return { ...part, ...asciiText };
  } else if (part.type === 'message' && part.subtype === 'rfc822') {
    part.parts = [parseMime(body, depth + 1)];
  }
  return part;
}

/** The header's fields, unfolded. */
export function readFields(header: Buffer): [string, string][] {
  return header
    .toString('latin1')
    .split(/\r\n(?![ \t])/)
    .map((line) => /^([!-9;-~]+)[ \t]*:(.*)$/s.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', value = '']) => [name.toLowerCase(), value.replace(/\r\n/g, '').trim()]);
}

/** The first field of this name; empty without one. */
export function fieldOf(fields: [string, string][], name: string): string {
  return fields.find(([each]) => each === name)?.[1] ?? '';
}

function parameterOf(parameters: [string, string][], name: string): string {
  return parameters.find(([each]) => each === name)?.[1] ?? '';
}

function readContentType(value: string): Pick<MimePart, 'type' | 'subtype' | 'parameters'> {
  const match = /^\s*([\w!#$&^.+-]+)\/([\w!#$&^.+-]+)/.exec(value);
  // RFC 2045 §5.2: without a type it is plain text.
  if (!match) return asciiText;
  const [whole, type = '', subtype = ''] = match;
  return {
    type: type.toLowerCase(),
    subtype: subtype.toLowerCase(),
    parameters: readParameters(value.slice(whole.length)),
  };
}

/** The parameters of a structured field such as Content-Type or Content-Disposition (RFC 2045 §5.1). */
export function readParameters(text: string): [string, string][] {
  const found = text.matchAll(/;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))/g);
  return [...found].map(([, name = '', quoted, plain = '']) => [
    name.toLowerCase(),
    quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'),
  ]);
}

/** The pieces between the boundary's lines (RFC 2046 §5.1.1); the line end before a boundary belongs to it. */
function splitAt(body: Buffer, boundary: string): Buffer[] {
  const mark = Buffer.from(`--${boundary}`, 'latin1');
  const pieces: Buffer[] = [];
  let begin = -1;
  for (let at = body.indexOf(mark); at !== -1 && pieces.length < maxParts; at = body.indexOf(mark, at + 1)) {
    const atLineStart = at === 0 || body.subarray(at - 2, at).toString('latin1') === '\r\n';
    const rest = body.subarray(at + mark.length);
    const lineEnd = rest.indexOf('\r\n');
    const tail = rest.subarray(0, lineEnd === -1 ? rest.length : lineEnd).toString('latin1');
    if (!atLineStart || !/^(?:--)?[ \t]*$/.test(tail)) continue;
    if (begin !== -1) pieces.push(body.subarray(begin, Math.max(begin, at - 2)));
    begin = tail.startsWith('--') || lineEnd === -1 ? -1 : at + mark.length + lineEnd + 2;
    if (begin === -1) return pieces;
  }
  if (begin !== -1 && pieces.length < maxParts) pieces.push(body.subarray(begin));
  return pieces;
}

import { type ConfigurationIssue, pathText, quoted } from './configuration-error.ts';

export type ParsedJson = { ok: true; value: unknown } | { ok: false; issues: ConfigurationIssue[] };

/**
 * Parses strict JSON. A mistake comes back with its line and column and, where it is a common one, what to do about it.
 * A key that appears twice in one object is a mistake too: the last would silently win.
 */
export async function parseJson(text: string): Promise<ParsedJson> {
  if (text.trim() === '') {
    return { ok: false, issues: [{ path: '', message: 'line 1, column 1: expected JSON, found an empty file' }] };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const offset = await mistakeOffset(text, error as Error);
    return { ok: false, issues: [{ path: '', message: `${place(text, offset)}: ${hint(text, offset)}` }] };
  }
  // Every key has one colon after it: when the file has more colons than the value has keys, one was overwritten.
  if (colonsOutsideStrings(text) === countKeys(value)) return { ok: true, value };
  return { ok: false, issues: await duplicateKeys(text) };
}

function colonsOutsideStrings(text: string): number {
  let colons = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|:/gs)) if (token === ':') colons += 1;
  return colons;
}

function countKeys(value: unknown): number {
  let count = 0;
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next)) count += Object.keys(next).length;
    for (const inner of Object.values(next)) left.push(inner);
  }
  return count;
}

async function duplicateKeys(text: string): Promise<ConfigurationIssue[]> {
  const { parse } = await import('@humanwhocodes/momoa');
  const issues: ConfigurationIssue[] = [];
  type Node = ReturnType<typeof parse>['body'];
  const walk = (node: Node, path: PropertyKey[]): void => {
    if (node.type === 'Array') for (const [index, { value }] of node.elements.entries()) walk(value, [...path, index]);
    if (node.type !== 'Object') return;
    const firstLines = new Map<string, number>();
    for (const { name, value } of node.members) {
      const key = name.type === 'String' ? name.value : name.name;
      const first = firstLines.get(key);
      const { line, column } = name.loc.start;
      if (first === undefined) firstLines.set(key, line);
      else {
        const message = `line ${line}, column ${column}: expected each key once, found ${quoted(key)} again; it stands in line ${first} already`;
        issues.push({ path: pathText([...path, key]), message });
      }
      walk(value, [...path, key]);
    }
  };
  walk(parse(text, { mode: 'json' }).body, []);
  return issues;
}

/** Where the mistake is, as an offset into the text. The engine's own position comes first; some errors have none. */
async function mistakeOffset(text: string, error: Error): Promise<number> {
  const position = /at position (\d+)/.exec(error.message)?.[1];
  if (position !== undefined) return Number(position);
  const { parse } = await import('@humanwhocodes/momoa');
  try {
    parse(text, { mode: 'json' });
  } catch (located) {
    const { offset } = located as { offset?: unknown };
    if (typeof offset === 'number') return Math.min(offset, text.length);
  }
  return text.length;
}

function place(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `line ${line}, column ${offset - before.lastIndexOf('\n')}`;
}

/** What was probably meant, judging by the characters around the mistake. */
function hint(text: string, offset: number): string {
  const rest = text.slice(offset);
  const before = text.slice(0, offset).trimEnd();
  const last = before.at(-1) ?? '';
  const next = rest[0];
  const word = /^[\p{L}_$][\p{L}\p{N}_$-]*/u.exec(rest)?.[0];
  if (next === undefined) return 'expected more, found the end of the file; a quote, bracket or brace is not closed';
  if (next === '\n' || next === '\r') return 'expected a closing double quote, found the end of the line';
  if (rest.startsWith('//') || rest.startsWith('/*') || next === '#')
    return 'expected JSON, found a comment; remove it';
  if (next === "'" || /[“”„‟«»‘’]/u.test(next)) return `expected a plain double quote ("), found ${next}`;
  if ((next === '}' || next === ']') && last === ',')
    return `expected another entry, found ${next}; remove the comma before it`;
  if (next === '"' && /["\]}\w]/.test(last)) return 'expected a comma between the entries, found the next one';
  if (next === ',') return 'expected an entry, found a second comma; remove one';
  if (/\\[^"]{0,2}$/.test(before)) return 'expected a double backslash (\\\\): a single one has a meaning of its own';
  if (word !== undefined && /[{,]/.test(last)) return `expected a key in double quotes, found ${quoted(word)} without`;
  if (word !== undefined && last === ':')
    return `expected a text in double quotes, a number, true, false or null, found ${quoted(word)}`;
  if (last === '') return `expected JSON that begins with {, found ${quoted(next)}`;
  return `expected valid JSON, found ${quoted(next)}; look for a missing quote, comma or brace just before it`;
}

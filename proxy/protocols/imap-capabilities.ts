import { parseImapResponse } from './imap-syntax.ts';

/** What a mail program is to see of Postern's, in place of the server's. */
export interface ShownInstead {
  /** The mechanisms, where Postern answers the sign-in. */
  own?: readonly string[];
  /** Where it may ask for TLS with Postern, or has to. */
  localTls?: 'offer' | 'require' | null;
}

/** Replaces a text that consisted of nothing but a referral. */
const emptied = 'Postern: a referral to another server was removed.';

/**
 * What a mail program may see of a server's line before sign-in.
 *
 * Among capabilities, wherever they appear (untagged, or as a response code), STARTTLS is removed: the program's own
 * connection stays on this computer. The `-PLUS` mechanisms are removed: they bind the sign-in to a TLS channel that
 * the program is not an end of (RFC 5802 §6). So are login referrals, and the word that promises them (RFC 2221): the
 * server comes from the configuration alone. Everything else is left as it came.
 *
 * @param line without its end
 * @param instead what to show in place of what the server says
 * @returns the line to pass on; the same buffer when nothing was changed
 */
export function filterImapResponse(line: Buffer, instead: ShownInstead = {}): Buffer {
  const parsed = parseImapResponse(line);
  if (!parsed || parsed.kind === 'continuation') return line;
  if (parsed.kind === 'data' && parsed.name !== 'CAPABILITY') return line;
  const text = line.toString('latin1');
  const filtered = filterText(
    text,
    parsed.kind === 'data'
      ? (list) => shownList(list, instead)
      : (status) => status.replace(capabilityCode(), (list) => shownList(list, instead)),
  );
  return filtered === text ? line : Buffer.from(filtered, 'latin1');
}

/**
 * The capabilities that a line states, as spelled and unfiltered, or null when it states none.
 *
 * @param line without its end
 */
export function capabilitiesIn(line: Buffer): readonly string[] | null {
  const parsed = parseImapResponse(line);
  const text = line.toString('latin1');
  if (parsed?.kind === 'data' && parsed.name === 'CAPABILITY') return words(text).slice(2);
  if (parsed?.kind !== 'status' || parsed.code !== 'CAPABILITY') return null;
  return words(capabilityCode().exec(text)?.[1] ?? '');
}

/** True when the capability is stated, in any spelling (RFC 3501 §9: names are case-insensitive). */
export function hasCapability(capabilities: readonly string[] | null, name: string): boolean {
  return capabilities?.some((word) => word.toUpperCase() === name) ?? false;
}

/**
 * The capabilities that a mail program may see, as spelled.
 *
 * @param instead as above
 */
export function shownCapabilities(
  capabilities: readonly string[],
  { own, localTls = null }: ShownInstead = {},
): string[] {
  const visible = capabilities.filter((word) => !isHidden(word));
  // RFC 3501 §6.2.3: where TLS has to come first, no LOGIN before it.
  if (localTls === 'require') return [...visible.filter((word) => !isOfSignIn(word)), 'STARTTLS', 'LOGINDISABLED'];
  const shown = own ? [...visible.filter((word) => !isOfSignIn(word)), ...ownWords(own)] : visible;
  return localTls ? [...shown, 'STARTTLS'] : shown;
}

/** The SASL mechanisms among capabilities (RFC 3501 §7.2.1), as spelled. */
export function mechanismsIn(capabilities: readonly string[] | null | undefined): string[] {
  return capabilities?.flatMap((word) => (/^AUTH=/i.test(word) ? [word.slice(5)] : [])) ?? [];
}

function isOfSignIn(word: string): boolean {
  return /^(?:AUTH=.*|LOGINDISABLED|SASL-IR)$/i.test(word);
}

function ownWords(own: readonly string[]): string[] {
  return ['SASL-IR', ...own.map((name) => `AUTH=${name}`)];
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

// Anywhere in a line, and even without its closing bracket: a lenient mail program must find nothing that we did not.
const capabilityCode = () => /\[\s*CAPABILITY\b([^\]]*)/gi;

function isHidden(word: string): boolean {
  const name = word.toUpperCase().replace(/[^A-Z0-9=_-]/g, '');
  return name === 'STARTTLS' || name === 'LOGIN-REFERRALS' || /^AUTH=.*-PLUS$/.test(name);
}

function shownList(list: string, instead: ShownInstead): string {
  const all = list.split(/\s+/);
  const kept = shownCapabilities(all, instead);
  return kept.join(' ') === all.join(' ') ? list : kept.join(' ');
}

function filterText(text: string, filterLists: (text: string) => string): string {
  let before: string;
  let filtered = text;
  // Repeated until nothing changes: removing one may join the text on either side into another.
  do {
    before = filtered;
    filtered = filterLists(withoutReferral(filtered));
  } while (filtered !== before);
  return /^\S+ \S+\s*$/.test(filtered) && text !== filtered && !/^\S+ CAPABILITY/i.test(filtered)
    ? `${filtered.trimEnd()} ${emptied}`
    : filtered;
}

/** Removes the first `[REFERRAL …]`. Its URL may itself contain brackets (`imap://[2001:db8::1]/`). */
function withoutReferral(text: string): string {
  const start = text.search(/\[\s*REFERRAL\b/i);
  if (start === -1) return text;
  let depth = 0;
  let end = start;
  for (; end < text.length; end += 1) {
    if (text[end] === '[') depth += 1;
    if (text[end] === ']') depth -= 1;
    if (depth === 0) break;
  }
  return text.slice(0, start) + text.slice(end + 1).trimStart();
}

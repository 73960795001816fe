/** One line of an SMTP reply (RFC 5321 §4.2). */
export interface SmtpReplyLine {
  /** 200 to 599. */
  code: number;
  /** True on every line but the last. */
  continues: boolean;
  text: string;
}

/** A whole reply: all lines carry the same code. */
export interface SmtpReply {
  code: number;
  /** The lines as they came, without their ends. */
  lines: Buffer[];
}

/**
 * Rewrites a reply line that has a tab where the grammar requires a blank (RFC 5321 §4.2), as a few home-made servers send
 * it: the filter and the mail program see a blank.
 *
 * @param line without its end
 */
export function withBlankBehindCode(line: Buffer): Buffer {
  return /^[2-5][0-9]{2}\t/.test(line.toString('latin1', 0, 4))
    ? Buffer.concat([line.subarray(0, 3), Buffer.from(' '), line.subarray(4)])
    : line;
}

/**
 * Reads one reply line.
 *
 * @param line without its end
 * @returns null when it is not a reply line
 */
export function parseSmtpReplyLine(line: Buffer): SmtpReplyLine | null {
  const match = /^([2-5][0-9]{2})(?:([ -])(.*))?$/s.exec(line.toString('latin1'));
  if (!match) return null;
  return { code: Number(match[1]), continues: match[2] === '-', text: match[3] ?? '' };
}

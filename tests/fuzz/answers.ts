/** A line that a client said, and the product's reply to it. */
export interface Answered {
  line: string;
  answer: string;
}

const begins = {
  smtp: /^(?:MAIL|DATA|BDAT|BURL)\b[^\r\0]*\r$/i,
  pop3: /^$/,
  nntp: /^(?:POST|IHAVE|TAKETHIS)\b[^\r\0]*\r$/i,
};
const signsIn = { smtp: /^AUTH\b/i, pop3: /^(?:PASS|APOP|AUTH)\s+\S/i, nntp: /^AUTHINFO\s+(?:PASS|SASL)\b/i };
const success = { smtp: /^235/, pop3: /^\+OK/i, nntp: /^28[13]/ };
const continues = { smtp: /^334/, pop3: /^\+(?!OK)/i, nntp: /^383/ };

/**
 * Pairs lines and replies up to the point where bytes flow raw. The product replies line by line and in order, whatever
 * its server does, so this works even where the two sides disagree about which reply belongs to which line. IMAP has
 * tags for that.
 */
export function answersBeforeRaw(protocol: 'smtp' | 'pop3' | 'nntp', said: string, heard: string): Answered[] {
  const lines = heard.match(/[^\n]*\n/g) ?? [];
  const answers: Answered[] = [];
  /** One reply with all its lines; empty when there is none. */
  const next = (line: string) => {
    const first = lines.shift() ?? '';
    let last = first;
    let answer = first;
    const more =
      protocol === 'smtp'
        ? () => /^\d{3}-/.test(last)
        : protocol === 'nntp'
          ? () => /^101/.test(first) && last !== '.\r\n'
          : () => /^(?:CAPA|AUTH)\s*$/i.test(line) && success.pop3.test(first) && last !== '.\r\n';
    while (lines.length > 0 && more()) {
      last = lines.shift() ?? '';
      answer += last;
    }
    return answer;
  };
  next('');
  let inside = false;
  for (const line of said.split('\n').slice(0, -1)) {
    if (!inside && begins[protocol].test(line)) break;
    const answer = next(inside ? '' : line);
    if (answer === '') break;
    answers.push({ line, answer });
    const signing: boolean = inside || signsIn[protocol].test(line);
    if (signing && success[protocol].test(answer)) break;
    inside = signing && continues[protocol].test(answer);
  }
  return answers;
}

import {
  type CertificateQuestion,
  decidedBefore,
  fingerprintText,
  hasSteppedBack,
  isAlarm,
  isChanged,
  isOpen,
  isSameServer,
  type KnownServer,
  listed,
  nextSteps,
  otherNames,
  ownAtWrongTime,
  type PracticeAccount,
  portsAsked,
  trustedBefore,
} from '../../proxy/contract/index.ts';
import { localDate } from './event-line.ts';

/**
 * A pending question as a person needs it to decide: what is wrong, what was known before, what can be done.
 *
 * @param servers those that proved themselves
 * @param options what the commands need: `commandOptions`
 * @param practice the account whose answers end with the practice
 */
export function questionLines(
  question: CertificateQuestion,
  servers: readonly KnownServer[] = [],
  options = '',
  practice?: Pick<PracticeAccount, 'account'>,
): string[] {
  const { id, account, host, port, certificate, details, history, offers, waiting } = question;
  const at = portsText(question);
  if (question.provedAgainAt !== undefined) {
    return [
      `  ${host} ${at} (account ${account}) has proved who it is again, ${localDate(question.provedAgainAt)}: nothing is left to decide.`,
      ...details.map(({ text }) => `    Before: ${text}`),
      `    To put this away: postern certificates forget ${id}${options}`,
    ];
  }
  const lines = [
    `  ${host} ${at} (account ${account}), asked ${localDate(question.askedAt)}, met ${question.timesMet === 1 ? 'once' : `${question.timesMet} times`}`,
    ...details.map(({ text }) => `    ! ${text}`),
    ...historyLines(question),
    `    Certificate for ${certificate.subject}, issued by ${certificate.issuer}`,
    `    Names: ${certificate.names.join(', ') || 'none'}`,
    `    Valid ${localDate(certificate.notBefore)} to ${localDate(certificate.notAfter)}, ${certificate.key}`,
    `    SHA-256 ${fingerprintText(certificate.fingerprint)}`,
  ];
  if (waiting > 0)
    lines.push(
      `    ${waiting === 1 ? 'A connection waits' : `${waiting} connections wait`} for your answer right now.`,
    );
  lines.push(...nextSteps(question).map((step) => `    ${step}`));
  const [otherName] = otherNames(question);
  if (otherName !== undefined) {
    lines.push(`    If ${otherName} is your provider, use that name: postern certificates use-name ${id}${options}`);
  }
  if (practice?.account === account) {
    lines.push(
      '    This is the practice: one answer counts for all its ports, and ends with the practice, as Postern stops.',
    );
  }
  if (offers.includes('always')) lines.push(`    Trust it:            postern certificates approve ${id}${options}`);
  if (offers.includes('once'))
    lines.push(`    Until Postern stops: postern certificates approve ${id} --once${options}`);
  lines.push(`    Reject it:           postern certificates reject ${id}${options}`);
  const known = servers.find((server) => isSameServer({ server: host, port }, server));
  if (history.kind === 'verified-then-failing' && known) {
    lines.push(
      `    Only if you know that the server was set up anew: postern certificates forget ${known.id}${options}`,
    );
  }
  return lines;
}

/** What may be an attack first, then what has changed, then first meetings; last what is left to put away. */
export function byUrgency(questions: readonly CertificateQuestion[]): CertificateQuestion[] {
  const rank = (question: CertificateQuestion) =>
    !isOpen(question) ? 3 : isAlarm(question) ? 0 : isChanged(question) ? 1 : 2;
  return questions.toSorted((a, b) => rank(a) - rank(b));
}

/** The ports that the answer is for. */
export function portsText(question: CertificateQuestion): string {
  const ports = portsAsked(question);
  return `${ports.length === 1 ? 'port' : 'ports'} ${listed(ports.map(String))}`;
}

function historyLines({ history, certificate, problems }: CertificateQuestion): string[] {
  const isSame = 'previous' in history && history.previous?.fingerprint === certificate.fingerprint;
  switch (history.kind) {
    case 'new':
      return [`    ${newness(history.before)} Ask the one who runs it whether the SHA-256 below is theirs.`];
    case 'verified-then-expired':
      if (history.previous) {
        const isOlder = hasSteppedBack(certificate, history.lastVerifiedAt);
        return [
          `    CAREFUL: it has the key of the certificate that was verified ${localDate(history.lastVerifiedAt)}, and is another one.`,
          ...(isOlder ? ['    It had ended by then: the server has gone back to an older certificate.'] : []),
          `    Before: SHA-256 ${fingerprintText(history.previous.fingerprint)}, valid to ${localDate(history.previous.notAfter)}`,
        ];
      }
      return [
        `    It is the certificate that was verified ${localDate(history.lastVerifiedAt)}, and it has expired since.`,
      ];
    case 'verified-then-not-yet-valid':
      return [`    ${ownAtWrongTime(localDate(history.lastVerifiedAt))}`];
    case 'verified-then-failing':
      if (isSame) {
        return [
          `    ALERT: this server was verified ${localDate(history.lastVerifiedAt)}, and the same certificate is not trustworthy now.`,
          '    It cannot be trusted here.',
        ];
      }
      return [
        `    ALERT: this server was verified ${localDate(history.lastVerifiedAt)} and now shows another certificate.`,
        '    Someone may be listening in. It cannot be trusted here.',
        `    Before: SHA-256 ${fingerprintText(history.previous.fingerprint)}`,
      ];
    case 'renewed':
      if (!isSame) return ['    You trusted this key before; the certificate around it is new.'];
      return problems.includes('expired') ? [`    ${trustedBefore.expired}`] : [`    ${trustedBefore.otherFaults}`];
    case 'changed':
      return [
        '    CHANGED: you trusted another certificate of this server before.',
        `    Before: SHA-256 ${fingerprintText(history.previous.fingerprint)}`,
      ];
  }
}

function newness(before: 'trusted' | 'rejected' | undefined): string {
  return before ? decidedBefore[before] : 'You have not decided about this server in this account yet.';
}

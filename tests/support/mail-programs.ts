import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratchDirectory } from './clean-up.ts';
import type { MailUser } from './mail-users.ts';
import type { TestMessage } from './messages.ts';
import { mustRun } from './programs.ts';

/**
 * Real mail programs, used in plaintext against a port on this computer, as a person with an old one would set it up. A
 * sender sends each message to its own user; a fetcher returns every message in the inbox.
 */

const python = fileURLToPath(new URL('mail_client.py', import.meta.url));

function newFolder(): string {
  return mkdtempSync(join(scratchDirectory('mail'), 'm'));
}

function readAll(folder: string): Buffer[] {
  return readdirSync(folder).map((name) => readFileSync(join(folder, name)));
}

function writeMessages(messages: TestMessage[]): string[] {
  const folder = newFolder();
  return messages.map(({ bytes }, index) => {
    const file = join(folder, `${index}.eml`);
    writeFileSync(file, bytes);
    return file;
  });
}

/** Python's smtplib: one session, CRAM-MD5 when it is offered. */
export async function sendWithPython(port: number, user: MailUser, messages: TestMessage[]): Promise<void> {
  const job = {
    ...{ do: 'send', port, user: user.address, password: user.password, recipient: user.address },
    files: writeMessages(messages),
  };
  await mustRun('python3', [python], { input: JSON.stringify(job) });
}

/** Python's imaplib (LOGIN) or poplib (USER and PASS). */
export async function fetchWithPython(protocol: 'imap' | 'pop3', port: number, user: MailUser): Promise<Buffer[]> {
  const into = newFolder();
  const job = { do: protocol, port, user: user.address, password: user.password, into };
  await mustRun('python3', [python], { input: JSON.stringify(job) });
  return readAll(into);
}

const curlOptions = ['--silent', '--show-error', '--no-progress-meter'];

/** curl: one session per message, AUTH with what the server offers. `login` adds options such as `AUTH=LOGIN`. */
export async function sendWithCurl(port: number, user: MailUser, messages: TestMessage[], login = ''): Promise<void> {
  for (const file of writeMessages(messages)) {
    await mustRun('curl', [
      ...curlOptions,
      ...['--user', `${user.address}:${user.password}`, ...(login ? ['--login-options', login] : [])],
      ...['--mail-from', user.address, '--mail-rcpt', user.address, '--upload-file', file],
      `smtp://127.0.0.1:${port}/client.example.test`,
    ]);
  }
}

/** curl: fetches the messages with these numbers, each in a session of its own. */
export async function fetchWithCurl(
  protocol: 'imap' | 'pop3',
  port: number,
  user: MailUser,
  numbers: number[],
  login = '',
): Promise<Buffer[]> {
  const fetched: Buffer[] = [];
  for (const number of numbers) {
    const place = protocol === 'imap' ? `INBOX/;MAILINDEX=${number}` : String(number);
    const { stdout } = await mustRun('curl', [
      ...curlOptions,
      ...['--user', `${user.address}:${user.password}`, ...(login ? ['--login-options', login] : [])],
      `${protocol}://127.0.0.1:${port}/${place}`,
    ]);
    fetched.push(stdout);
  }
  return fetched;
}

/** msmtp: one session per message. */
export async function sendWithMsmtp(
  port: number,
  user: MailUser,
  messages: TestMessage[],
  auth = 'plain',
): Promise<void> {
  const configuration = join(newFolder(), 'msmtprc');
  writeFileSync(
    configuration,
    `account default
host 127.0.0.1
port ${port}
tls off
auth ${auth}
user ${user.address}
password "${user.password}"
from ${user.address}
set_from_header off
set_date_header off
set_msgid_header off
`,
    { mode: 0o600 },
  );
  for (const { bytes } of messages) await mustRun('msmtp', ['-C', configuration, user.address], { input: bytes });
}

/**
 * fetchmail: everything in the inbox, left there. It passes messages on with bare line feeds and, when told to be
 * invisible, adds nothing; the CRLF line ends are restored here.
 *
 * @param tls it asks for STARTTLS or STLS, and takes this certificate alone, for this name
 */
export async function fetchWithFetchmail(
  protocol: 'imap' | 'pop3' | 'apop',
  port: number,
  user: MailUser,
  tls?: { certificate: string; name: string },
): Promise<Buffer[]> {
  const folder = newFolder();
  const into = newFolder();
  const configuration = join(folder, 'fetchmailrc');
  const security = tls ? `"auto" sslcertck sslcertfile "${tls.certificate}" sslcommonname "${tls.name}"` : '""';
  writeFileSync(
    configuration,
    `set no bouncemail
set invisible
poll 127.0.0.1 protocol ${protocol} port ${port}
  user "${user.address}" password "${user.password}"
  sslproto ${security} fetchall keep no rewrite pass8bits no mimedecode fetchlimit 0
  mda "cat >$(mktemp ${into}/XXXXXXXX)"
`,
    { mode: 0o600 },
  );
  const options = ['--fetchmailrc', configuration, '--pidfile', join(folder, 'pid'), '--idfile', join(folder, 'ids')];
  await mustRun('fetchmail', ['--nosyslog', '--nodetach', ...options], {
    env: { HOME: folder, FETCHMAILHOME: folder },
  });
  return readAll(into).map((bytes) => Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1'));
}

function muttConfiguration(lines: string[]): string[] {
  const folder = newFolder();
  const file = join(folder, 'muttrc');
  writeFileSync(
    file,
    [
      'set ssl_starttls=no',
      'set ssl_force_tls=no',
      'unset record',
      'set sleep_time=0',
      `set tmpdir="${folder}"`,
      ...lines,
    ]
      .map((line) => `${line}\n`)
      .join(''),
    { mode: 0o600 },
  );
  return ['-n', '-F', file];
}

const quoted = (user: MailUser) => encodeURIComponent(user.address);

/** mutt: writes a message with an attachment and sends it. */
export async function sendWithMutt(port: number, user: MailUser, subject: string, attachment: Buffer): Promise<void> {
  const file = join(newFolder(), 'attachment.bin');
  writeFileSync(file, attachment);
  const configuration = muttConfiguration([
    `set from="${user.address}"`,
    'set use_from=yes use_envelope_from=yes',
    `set smtp_url="smtp://${quoted(user)}@127.0.0.1:${port}/"`,
    `set smtp_pass="${user.password}"`,
  ]);
  await mustRun('mutt', [...configuration, '-s', subject, '-a', file, '--', user.address], {
    input: 'Sent by mutt.\n',
    env: { HOME: newFolder() },
  });
}

/** mutt: opens the inbox in a terminal and copies every message into an mbox file, which is returned. */
export async function copyWithMutt(protocol: 'imap' | 'pop', port: number, user: MailUser): Promise<string> {
  const folder = newFolder();
  const copy = join(folder, 'copy');
  const configuration = muttConfiguration([
    `set ${protocol}_user="${user.address}"`,
    `set ${protocol}_pass="${user.password}"`,
    'set mbox_type=mbox confirmappend=no confirmcreate=no delete=no quit=yes pop_delete=no',
    'set wait_key=no mark_old=no header_cache="" message_cachedir="" copy_decode_weed=no',
  ]);
  const keys = `push "<tag-pattern>~A<enter><tag-prefix><copy-message><kill-line>${copy}<enter><quit>"`;
  const place = protocol === 'imap' ? `imap://127.0.0.1:${port}/INBOX` : `pop://127.0.0.1:${port}/`;
  const words = ['mutt', ...configuration, '-f', place, '-e', keys].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  await mustRun('script', ['-qec', words.join(' '), '/dev/null'], { env: { HOME: folder, TERM: 'xterm' } });
  return readFileSync(copy, 'latin1');
}

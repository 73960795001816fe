import type { PracticeAccount } from '../../proxy/contract/index.ts';
import { type Core, startCore } from '../support/core.ts';
import type { MailUser } from '../support/mail-users.ts';

/** A core with the practice account, whose certificate is accepted whenever it is asked about. */
export async function practise(): Promise<Core & { user: MailUser; account: PracticeAccount }> {
  const core = await startCore({ accounts: [], settings: { certificateDecisionSeconds: 60 } });
  await core.proxy.commands.startPractice({});
  core.proxy.state.subscribe(({ table, row }) => {
    if (table !== 'questions' || row === null || row.waiting === 0) return;
    void core.proxy.commands.approve({ id: row.id, remember: 'always' }).catch(() => undefined);
  });
  const account = core.proxy.state.get('core', 'core')?.practice;
  if (!account) throw new Error('there is no practice account');
  return { ...core, account, user: { address: account.user, password: account.password } as MailUser };
}

/** A small message with this subject. */
export function messageWith(subject: string, body = 'Hello.'): Buffer {
  return Buffer.from(
    [
      'From: Anna <anna@example.test>',
      'To: you@practice.localhost',
      `Subject: ${subject}`,
      'Date: Mon, 16 Nov 2026 10:00:00 +0100',
      `Message-ID: <${subject.replace(/\W/g, '')}@example.test>`,
      '',
      body,
      '',
    ].join('\r\n'),
  );
}

/** A message with a text, an attachment and a forwarded message. */
export const compound = Buffer.from(
  [
    'From: "Anna, B" <anna@example.test>, bob@example.test',
    'To: Team: carol@example.test, dave@example.test;',
    'Subject: =?utf-8?q?Caf=C3=A9?=',
    ' folded',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="outer; \\"x\\""',
    '',
    'A preamble that nobody reads.',
    '--outer; "x"',
    'Content-Type: multipart/alternative; boundary=inner',
    '',
    '--inner',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'one',
    'two',
    '--inner',
    'Content-Type: text/html',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    '<p>one</p>',
    '--inner--',
    '--outer; "x"',
    'Content-Type: application/octet-stream; name=a.bin',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment; filename="a b.bin"',
    '',
    'AAEC',
    '--outer; "x"',
    'Content-Type: message/rfc822',
    '',
    'From: eve@example.test',
    'Subject: inside',
    '',
    'deep',
    '--outer; "x"--',
    'An epilogue.',
    '',
  ].join('\r\n'),
);

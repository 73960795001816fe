/** Sender and recipient. */
export interface WelcomeAddresses {
  from: string;
  to: string;
}

/** The one message waiting in the practice mailbox: what was just seen, and what to try next. */
export function welcomeMessage({ from, to }: WelcomeAddresses, now: Date): Buffer {
  return Buffer.from(
    [
      `From: Postern <${from}>`,
      `To: <${to}>`,
      'Subject: It works: your mail program reads through Postern',
      `Date: ${mailDate(now)}`,
      `Message-ID: <welcome.${now.getTime()}@${from.split('@')[1]}>`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      'If you can read this, your mail program has connected to Postern without encryption,',
      'and Postern has carried everything on to this mail server over TLS.',
      '',
      'You were asked about a certificate before. This server made its certificate itself,',
      'so no authority vouches for it. Here that is as it should be: the server runs inside',
      'Postern. With a mail server on the internet, ask its operator before you trust one.',
      '',
      'What to try next:',
      '',
      `  * Write a message to ${to} and send it. It arrives here.`,
      '  * Look at the overview in Postern: it shows both legs of the way.',
      '  * Forget the certificate on the page Certificates, and fetch mail again.',
      '',
      'This is a practice account. Nothing leaves your computer, whatever address you',
      'write to, and all of it is gone when you end the practice.',
      '',
    ].join('\r\n'),
    'utf8',
  );
}

/** A date as in mail (RFC 5322 §3.3), in UTC. */
export function mailDate(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

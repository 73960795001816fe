import type { LineProtocol } from '../support/line-protocols.ts';
import { directorySteps } from './directory-words.ts';
import type { SessionPlan } from './plan.ts';
import type { Random } from './random.ts';

/** One thing that a client says. */
export interface Step {
  text: string;
  /** The reply ends at a lone dot when it begins with `+OK`. */
  lines?: true;
  /** A positive reply to this is a sign-in. */
  signsIn?: true;
  /** From here on bytes flow raw, whatever the reply. */
  raw?: true;
  /** Bytes follow this only when the server asks for them. */
  asks?: true;
  /** Nobody answers this. */
  silent?: true;
}

/** The words of a client, from the greeting to the sign-in or to its end of the session. */
export function clientSteps(plan: SessionPlan, random: Random): Step[] {
  const { protocol } = plan;
  return protocol === 'ldap' ? directorySteps(plan, random) : lineSteps({ ...plan, protocol }, random);
}

/** A plan for a protocol that talks in lines. */
type LinePlan = SessionPlan & { protocol: LineProtocol };

function lineSteps(plan: LinePlan, random: Random): Step[] {
  const steps: Step[] = [];
  for (let count = random.below(4); count > 0; count -= 1) steps.push(smallTalk(plan, random));
  if (random.chance(0.1)) steps.push(...random.pick(signIns(plan, `${plan.user}wrong`)));
  if (random.chance(0.08)) steps.push(farewell(plan));
  else steps.push(...random.pick([...signIns(plan, plan.canary), ...withoutPassword(plan)]));
  return plan.protocol === 'imap' ? tagged(steps) : steps;
}

/** IMAP: adds tags to the lines that are commands. */
function tagged(steps: Step[]): Step[] {
  let tag = 0;
  let inside = false;
  return steps.map((step) => {
    const text = inside ? step.text : `a${++tag} ${step.text}`;
    inside = step.asks ?? false;
    return { ...step, text };
  });
}

function smallTalk({ protocol, user }: LinePlan, random: Random): Step {
  switch (protocol) {
    case 'smtp':
      return {
        text: random.pick([
          `EHLO ${user}\r\n`,
          `EHLO ${user}\r\n`,
          'HELO x\r\n',
          'NOOP\r\n',
          'RSET\r\n',
          'STARTTLS\r\n',
          'HELP\r\n',
        ]),
      };
    case 'imap':
      return {
        text: random.pick([
          'CAPABILITY\r\n',
          'NOOP\r\n',
          'STARTTLS\r\n',
          'ID NIL\r\n',
          'ID ("name" {4+}\r\nfuzz)\r\n',
          'ENABLE UTF8=ACCEPT\r\n',
          'SELECT INBOX\r\n',
        ]),
      };
    case 'pop3':
      return random.pick<Step>([
        { text: 'CAPA\r\n', lines: true },
        { text: 'AUTH\r\n', lines: true },
        { text: 'STLS\r\n' },
        { text: 'NOOP\r\n' },
        { text: 'UTF8\r\n' },
      ]);
    case 'nntp':
      return random.pick<Step>([
        { text: 'CAPABILITIES\r\n', lines: true },
        { text: 'MODE READER\r\n' },
        { text: 'STARTTLS\r\n' },
        { text: 'DATE\r\n' },
        { text: 'GROUP misc.test\r\n' },
      ]);
  }
}

function farewell({ protocol }: SessionPlan): Step {
  return { text: protocol === 'imap' ? 'LOGOUT\r\n' : 'QUIT\r\n' };
}

/** The ways to sign in, whether the password is right or wrong. */
function signIns({ protocol, tls, user }: LinePlan, password: string): Step[][] {
  const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');
  const blob = base64(`\0${user}\0${password}`);
  const verb = { imap: 'AUTHENTICATE', nntp: 'AUTHINFO SASL', smtp: 'AUTH', pop3: 'AUTH' }[protocol];
  const ways: Step[][] = [
    [{ text: `${verb} PLAIN ${blob}\r\n`, signsIn: true }],
    [
      { text: `${verb} PLAIN\r\n`, asks: true },
      { text: `${blob}\r\n`, signsIn: true },
    ],
    [
      { text: `${verb} LOGIN\r\n`, asks: true },
      { text: `${base64(user)}\r\n`, asks: true },
      { text: `${base64(password)}\r\n`, signsIn: true },
    ],
  ];
  if (protocol === 'pop3') {
    const plain: Step[] = [{ text: `USER ${user}\r\n` }, { text: `PASS ${password}\r\n`, signsIn: true }];
    const apop: Step = { text: `APOP ${user} ${password}\r\n`, signsIn: true };
    // With STLS the greeting's stamp is lost in the plaintext: a client that tries APOP nevertheless is told to use the
    // other two commands.
    ways.push(plain, tls === 'starttls' ? [apop, ...plain] : [apop]);
  }
  if (protocol === 'nntp') {
    ways.push([{ text: `AUTHINFO USER ${user}\r\n` }, { text: `AUTHINFO PASS ${password}\r\n`, signsIn: true }]);
  }
  if (protocol === 'imap') {
    ways.push(
      [{ text: `LOGIN ${user} ${password}\r\n`, signsIn: true }],
      [{ text: `LOGIN "${user}" "${password}"\r\n`, signsIn: true }],
      [{ text: `LOGIN {${user.length}+}\r\n${user} {${password.length}+}\r\n${password}\r\n`, signsIn: true }],
      [
        { text: `LOGIN ${user} {${password.length}}\r\n`, asks: true },
        { text: `${password}\r\n`, signsIn: true },
      ],
    );
  }
  return ways;
}

/** Commands that start the raw bytes by themselves. There is no password in them that could be wrong. */
function withoutPassword({ protocol, number }: LinePlan): Step[][] {
  switch (protocol) {
    case 'smtp':
      // A message may be sent without signing in: its text is raw, immediately or when the server asks for it.
      return [number % 2 === 0 ? [{ text: 'DATA\r\n', signsIn: true }] : [{ text: 'BDAT 900000 LAST\r\n', raw: true }]];
    case 'imap':
      return [[{ text: 'COMPRESS DEFLATE\r\n', signsIn: true }]];
    case 'nntp':
      // An article may be posted without a sign-in, where the server allows it.
      return [[{ text: 'POST\r\n', signsIn: true }]];
    case 'pop3':
      return [];
  }
}

/** What a program says that does not speak any mail protocol. */
export function foreignWords(plan: SessionPlan, random: Random): Buffer {
  switch (plan.client.foreign) {
    case 'http':
      return Buffer.from(
        `${random.pick(['GET / HTTP/1.1', 'POST /?QUIT HTTP/1.0', 'OPTIONS * HTTP/1.1'])}\r\nHost: localhost\r\n\r\n${random.chance(0.5) ? `a LOGIN x ${plan.canary}\r\n` : ''}`,
      );
    case 'tls':
      return Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), random.bytes(random.below(600))]);
    default:
      return random.bytes(1 + random.below(2000));
  }
}

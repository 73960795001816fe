import type { Dialect } from '../../proxy/dialects/dialect.ts';
import { imap } from '../../proxy/dialects/imap/imap.ts';
import { nntp } from '../../proxy/dialects/nntp/nntp.ts';
import { pop3 } from '../../proxy/dialects/pop3/pop3.ts';
import { smtp } from '../../proxy/dialects/smtp/smtp.ts';
import type { Entry } from '../support/script.ts';

/** How a dialect says what every dialect can say: the contract of the sign-in is tested with these words. */
export interface Vocabulary {
  dialect: Dialect;
  knowledge: unknown;
  /** An ordinary command, and the server's "yes" and "no" to it. */
  ask: string;
  yes: string;
  no: string;
  /** A sign-in in one line, with a secret in it. */
  signIn(secret: string): string;
  signedIn: string;
  /** The server's "wrong password", and a "not now". */
  wrong: string;
  /** What Postern asks the server after its first "wrong password". */
  behindWrong: Entry[];
  /** A sign-in in steps, with its challenge. */
  begin: string;
  challenge: string;
  /** The reply to cancelled credentials. */
  takenBack: string;
  /** The mail program's own request for TLS. */
  startTls: string;
  quit: string;
  goodBye: string[];
  /** A goodbye from the server that nobody has asked for. */
  outOfTheBlue: string;
  /** How Postern declines a command, ends the session between commands, and in the middle of a sign-in. */
  declined: RegExp;
  farewell: RegExp;
  notNow: RegExp;
  /** Words that make a mail program discard its password. */
  fatal: RegExp;
  /** The longest ordinary command, with its end. */
  maxLength: number;
  /** An ordinary command, padded to this length. */
  filled(length: number): string;
  /** Words that a server cannot say in reply to a command. */
  nonsense: string[];
  /** A server that only accepts tokens: what it says about itself before a sign-in and after its "no". */
  tokensAlone: { knowledge: unknown; before: Entry[]; behind: Entry[]; told: RegExp };
}

const fill = (start: string) => (length: number) => `${start}${'x'.repeat(length - start.length - 2)}`;

export const vocabularies: Record<'SMTP' | 'IMAP' | 'POP3' | 'NNTP', Vocabulary> = {
  SMTP: {
    dialect: smtp as Dialect,
    knowledge: null,
    ask: 'NOOP',
    yes: '250 fine',
    no: '550 no',
    signIn: (secret) => `AUTH PLAIN ${secret}`,
    signedIn: '235 2.7.0 welcome',
    wrong: '535 5.7.8 no',
    behindWrong: [],
    begin: 'AUTH LOGIN',
    challenge: '334 VXNlcm5hbWU6',
    takenBack: '501 5.7.0 cancelled',
    startTls: 'STARTTLS',
    quit: 'QUIT',
    goodBye: ['221 bye'],
    outOfTheBlue: '421 4.3.2 shutting down',
    declined: /^50[0-2] 5\.5\.\d Postern: /,
    farewell: /^421 4\.\d\.\d Postern: /,
    notNow: /^454 4\.7\.0 Postern: /,
    fatal: /535|5\.7\.8/,
    maxLength: 512,
    filled: fill('NOOP '),
    nonsense: ['HTTP/1.1 200 OK', '250-a\r\n500 b', 'hello', '* OK', '+OK'],
    tokensAlone: {
      knowledge: null,
      before: [
        ['relayed', 'EHLO old-pc'],
        ['answered', '250-mail.example', '250 AUTH XOAUTH2'],
      ],
      behind: [],
      told: /^534 5\.7\.9 Postern: .*OAuth/,
    },
  },
  IMAP: {
    dialect: imap as Dialect,
    knowledge: { capabilities: ['IMAP4rev1', 'AUTH=PLAIN', 'AUTH=LOGIN', 'LITERAL+'] },
    ask: 'a NOOP',
    yes: 'a OK fine',
    no: 'a NO no',
    signIn: (secret) => `a LOGIN anna ${secret}`,
    signedIn: 'a OK welcome',
    wrong: 'a NO [AUTHENTICATIONFAILED] no',
    behindWrong: [],
    begin: 'a AUTHENTICATE LOGIN',
    challenge: '+ VXNlcm5hbWU6',
    takenBack: 'a BAD cancelled',
    startTls: 'a STARTTLS',
    quit: 'a LOGOUT',
    goodBye: ['* BYE see you', 'a OK done'],
    outOfTheBlue: '* BYE shutting down',
    declined: /^a BAD Postern: /,
    farewell: /^\* BYE Postern: /,
    notNow: /^a NO \[UNAVAILABLE\] Postern: /,
    fatal: /AUTHENTICATIONFAILED/,
    maxLength: 8192,
    filled: fill('a NOOP '),
    nonsense: ['HTTP/1.1 200 OK', 'b OK in', 'hello', '250 fine', '+OK', '* PREAUTH in'],
    tokensAlone: {
      knowledge: { capabilities: ['IMAP4rev1', 'AUTH=XOAUTH2', 'AUTH=OAUTHBEARER'] },
      before: [],
      behind: [],
      told: /^a NO \[UNAVAILABLE\] Postern: .*OAuth/,
    },
  },
  POP3: {
    dialect: pop3 as Dialect,
    knowledge: { apop: true },
    ask: 'NOOP',
    yes: '+OK fine',
    no: '-ERR no',
    signIn: (secret) => `PASS ${secret}`,
    signedIn: '+OK welcome',
    wrong: '-ERR [AUTH] no',
    behindWrong: [
      ['server hears', 'CAPA'],
      ['server', '+OK', 'USER', '.'],
    ],
    begin: 'AUTH LOGIN',
    challenge: '+ VXNlcm5hbWU6',
    takenBack: '-ERR cancelled',
    startTls: 'STLS',
    quit: 'QUIT',
    goodBye: ['+OK bye'],
    outOfTheBlue: '-ERR [SYS/TEMP] shutting down',
    declined: /^-ERR Postern: /,
    farewell: /^-ERR \[SYS\/TEMP\] Postern: /,
    notNow: /^-ERR \[SYS\/TEMP\] Postern: /,
    fatal: /\[AUTH\]/,
    maxLength: 255,
    filled: fill('NOOP '),
    nonsense: ['HTTP/1.1 200 OK', 'a1 OK in', 'hello', '250 fine', '+go'],
    tokensAlone: {
      knowledge: { apop: true },
      before: [],
      behind: [
        ['server hears', 'CAPA'],
        ['server', '+OK', 'SASL XOAUTH2 OAUTHBEARER', '.'],
      ],
      told: /^-ERR \[SYS\/PERM\] Postern: .*OAuth/,
    },
  },
  NNTP: {
    dialect: nntp as Dialect,
    knowledge: null,
    ask: 'DATE',
    yes: '111 20261127200000',
    no: '503 no clock',
    signIn: (secret) => `AUTHINFO PASS ${secret}`,
    signedIn: '281 welcome',
    wrong: '481 no',
    behindWrong: [
      ['server hears', 'CAPABILITIES'],
      ['server', '101 list', 'VERSION 2', 'AUTHINFO USER SASL', '.'],
    ],
    begin: 'AUTHINFO SASL LOGIN',
    challenge: '383 VXNlcm5hbWU6',
    takenBack: '481 cancelled',
    startTls: 'STARTTLS',
    quit: 'QUIT',
    goodBye: ['205 bye'],
    outOfTheBlue: '400 shutting down',
    declined: /^(?:50[0-2]|482) Postern: /,
    farewell: /^400 Postern: /,
    notNow: /^400 Postern: /,
    fatal: /481|502/,
    maxLength: 512,
    filled: fill('DATE '),
    nonsense: ['HTTP/1.1 200 OK', '* OK', 'hello', '250 fine', '+OK', '2810 in', '38'],
    tokensAlone: {
      knowledge: null,
      before: [],
      behind: [
        ['server hears', 'CAPABILITIES'],
        ['server', '101 list', 'VERSION 2', 'AUTHINFO SASL', 'SASL XOAUTH2 OAUTHBEARER', '.'],
      ],
      told: /^403 Postern: .*OAuth/,
    },
  },
};

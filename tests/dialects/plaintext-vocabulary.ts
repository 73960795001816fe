import type { Dialect } from '../../proxy/dialects/dialect.ts';
import { imap } from '../../proxy/dialects/imap/imap.ts';
import { nntp } from '../../proxy/dialects/nntp/nntp.ts';
import { pop3 } from '../../proxy/dialects/pop3/pop3.ts';
import { smtp } from '../../proxy/dialects/smtp/smtp.ts';
import type { Entry } from '../support/script.ts';

/**
 * How a dialect asks for TLS, and how its servers reply: the contract of the step before TLS is tested with these
 * words.
 */
export interface PlaintextVocabulary {
  dialect: Dialect;
  /** The knowledge about a server that has said nothing yet. */
  unknown: unknown;
  /** What a server says up to Postern's request, and the request, where STARTTLS is offered and where it is not. */
  offered: Entry[];
  notOffered: Entry[];
  /** The replies to the request, and what Postern asks after a "no" to find out why. */
  goAhead: string;
  no: string;
  behindNo: { offered: Entry[]; notOffered: Entry[] };
  /** Lines that would be believed inside TLS. */
  injected: string[];
  /** A greeting of one line. */
  greeting: string;
  /** What is not a greeting, in plaintext and inside TLS. */
  noGreeting: string[];
  /** What is not a reply to the request. */
  noAnswer: string[];
  /** What Postern asks for its own greeting after TLS, and that greeting. */
  ownGreeting: { script: Entry[]; text: string };
  /** A refusal instead of a greeting, with the text "no way". */
  refusal: string;
}

export const plaintextVocabularies: Record<'SMTP' | 'IMAP' | 'POP3' | 'NNTP', PlaintextVocabulary> = {
  SMTP: {
    dialect: smtp as Dialect,
    unknown: null,
    offered: [
      ['server', '220-mail.example.org', '220 ready'],
      ['server hears', 'EHLO [127.0.0.1]'],
      ['server', '250-mail.example.org', '250-SIZE', '250 STARTTLS'],
      ['server hears', 'STARTTLS'],
    ],
    notOffered: [
      ['server', '220 ready'],
      ['server hears', 'EHLO [127.0.0.1]'],
      ['server', '250-mail.example.org', '250-SIZE', '250 XSTARTTLS'],
      ['server hears', 'STARTTLS'],
    ],
    goAhead: '220 go ahead',
    no: '454 not now',
    behindNo: { offered: [], notOffered: [] },
    injected: ['x', '250 in', '235 in'],
    greeting: '220 mail.example.org ESMTP',
    noGreeting: ['421 busy', '554 go away', 'hello there', '* OK ready', '+OK ready', 'HTTP/1.1 400 Bad Request', ''],
    noAnswer: ['go', '* OK go', '+OK go', '', '220-go\r\n500 no'],
    ownGreeting: { script: [], text: '220 mail.example.org ESMTP Postern ready' },
    refusal: '421 4.7.0 Postern: no way\r\n',
  },
  IMAP: {
    dialect: imap as Dialect,
    unknown: { capabilities: null },
    offered: [
      ['server', '* OK [CAPABILITY IMAP4rev1 STARTTLS] ready'],
      ['server hears', /^P[0-9a-f]{16} STARTTLS$/],
    ],
    notOffered: [
      ['server', '* OK [CAPABILITY IMAP4rev1 STARTTLSX XSTARTTLS] ready'],
      ['server hears', /^P[0-9a-f]{16} STARTTLS$/],
    ],
    goAhead: 'TAG OK begin TLS',
    no: 'TAG NO not now',
    behindNo: { offered: [], notOffered: [] },
    injected: ['x', 'a1 OK in', '* OK half'],
    greeting: '* OK ready',
    noGreeting: [
      '* BYE go away',
      '* NO',
      '* BAD',
      'XYZ OK hello',
      'junk\r\n* OK hello',
      '* CAPABILITY IMAP4rev1\r\n* OK hello',
      '',
      '220 mail ESMTP',
      'HTTP/1.1 400 Bad Request',
      '+ OK',
    ],
    noAnswer: [
      '+ go',
      'a1 OK go',
      'TAGx OK go',
      '* OK go\r\nTAG OK go',
      '* NO x\r\nTAG OK go',
      '* BAD [ALERT] x\r\nTAG OK go',
      '* PREAUTH x\r\nTAG OK go',
      '* BYE x',
      'go ahead\r\nTAG OK go',
    ],
    ownGreeting: {
      script: [
        ['server hears', /^P[0-9a-f]{16} CAPABILITY$/],
        ['server', '* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN', 'TAG OK done'],
      ],
      text: '* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Postern ready',
    },
    refusal: '* BYE Postern: no way\r\n',
  },
  POP3: {
    dialect: pop3 as Dialect,
    unknown: null,
    offered: [
      ['server', '+OK ready <1896.697170952@mail.example.org>'],
      ['server hears', 'STLS'],
    ],
    notOffered: [
      ['server', '+OK ready'],
      ['server hears', 'STLS'],
    ],
    goAhead: '+OK begin',
    no: '-ERR no',
    behindNo: {
      offered: [
        ['server hears', 'CAPA'],
        ['server', '+OK', 'USER', 'STLS', '.'],
      ],
      notOffered: [
        ['server hears', 'CAPA'],
        ['server', '+OK', 'XSTLS', 'STLSX', '.'],
      ],
    },
    injected: ['x', '+OK in'],
    greeting: '+OK ready <1896.697170952@mail.example.org>',
    noGreeting: ['-ERR go away', '+OKAY', '+ abc', 'junk\r\n+OK', '* OK ready', 'HTTP/1.1 400 Bad Request', ''],
    noAnswer: ['+ go', '+ok go', '+OKAY', 'go\r\n+OK'],
    ownGreeting: { script: [], text: '+OK Postern ready' },
    refusal: '-ERR [SYS/TEMP] Postern: no way\r\n',
  },
  NNTP: {
    dialect: nntp as Dialect,
    unknown: null,
    offered: [
      ['server', '200 news.example.org ready'],
      ['server hears', 'CAPABILITIES'],
      ['server', '101 list', 'VERSION 2', 'READER', 'STARTTLS', '.'],
      ['server hears', 'STARTTLS'],
    ],
    notOffered: [
      ['server', '201 ready'],
      ['server hears', 'CAPABILITIES'],
      ['server', '101 list', 'VERSION 2', 'READER', 'XSTARTTLS', 'STARTTLSX', '.'],
      ['server hears', 'STARTTLS'],
    ],
    goAhead: '382 go on',
    no: '580 not now',
    behindNo: { offered: [], notOffered: [] },
    injected: ['x', '281 in'],
    greeting: '200 news.example.org ready',
    noGreeting: [
      '400 busy',
      '502 go away',
      '220 mail ESMTP',
      '2000',
      '* OK ready',
      '+OK',
      'HTTP/1.1 400 Bad Request',
      '',
    ],
    noAnswer: ['382go', '200 go', '281 go', '381 go', '383 go', '100 go', '* OK go', '+OK go', ''],
    ownGreeting: {
      script: [
        ['server hears', 'CAPABILITIES'],
        ['server', '101 list', 'VERSION 2', 'READER', 'POST', '.'],
      ],
      text: '200 Postern ready',
    },
    refusal: '400 Postern: no way\r\n',
  },
};

import { describe, expect, test } from 'vitest';
import { ConfigurationError, issueText } from '../../../proxy/config/configuration-error.ts';
import { importStunnel } from '../../../proxy/config/imports/stunnel.ts';

// Typical configurations, and the exact results.

const file = '/etc/stunnel/mail.conf';

function imported(text: string) {
  const { relays, certificateAuthorities, notes } = importStunnel(text, file);
  return {
    relays: relays.map(({ section, protocol, listen, server, port, tls, address, clientCertificate }) => {
      const at = address === undefined ? '' : ` at ${address}`;
      const own = clientCertificate ? ` with ${clientCertificate.certificate} and ${clientCertificate.key}` : '';
      return `${section}: ${protocol} on ${listen} to ${server}:${port}${at}, ${tls}${own}`;
    }),
    certificateAuthorities,
    notes: notes.map(({ place, message }) => (place === '' ? message : `${place}: ${message}`)),
  };
}

const verified = 'verifyChain = yes\nCApath = /etc/ssl/certs\n';

describe('a file', () => {
  test.each<[string, string, Partial<ReturnType<typeof imported>>]>([
    [
      'of the distribution, for Gmail',
      `; Sample stunnel configuration
setuid = stunnel4
pid = /var/run/stunnel.pid
debug = info
[gmail-pop3]
client = yes
accept = 127.0.0.1:110
connect = pop.gmail.com:995
${verified}checkHost = pop.gmail.com
OCSPaia = yes

[gmail-imap]
client = yes
accept = 127.0.0.1:143
connect = imap.gmail.com:993
${verified}checkHost = imap.gmail.com
[gmail-smtp]
client = yes
accept = 127.0.0.1:25
connect = smtp.gmail.com:465
${verified}checkHost = smtp.gmail.com
`,
      {
        relays: [
          'gmail-pop3: pop3 on 127.0.0.1:110 to pop.gmail.com:995, implicit',
          'gmail-imap: imap on 127.0.0.1:143 to imap.gmail.com:993, implicit',
          'gmail-smtp: smtp on 127.0.0.1:25 to smtp.gmail.com:465, implicit',
        ],
        notes: ['[gmail-pop3] OCSPaia: not carried: Postern uses lists of revoked certificates instead'],
      },
    ],
    [
      'that checks nothing, as most that are passed around',
      'client = yes\n[imap]\naccept = 1143\nconnect = imap.example.org:993\n',
      {
        relays: ['imap: imap on 127.0.0.1:1143 to imap.example.org:993, implicit'],
        notes: [
          '[imap] accept: carried as 127.0.0.1:1143: it listened on every address, where other computers may connect; Postern serves other computers only where "lan" lists them',
          '[imap] verify: not carried: stunnel did not check the server’s certificate here; Postern always does',
        ],
      },
    ],
    [
      'with verify = 0 and old TLS',
      'client=yes\r\n[smtp]\r\naccept=127.0.0.1:2525\r\nconnect=mail.example.org:smtps\r\nverify=0\r\nsslVersion=TLSv1\r\nciphers=ALL\r\noptions=NO_SSLv2\r\n',
      {
        relays: ['smtp: smtp on 127.0.0.1:2525 to mail.example.org:465, implicit'],
        notes: [
          '[smtp] verify: not carried: stunnel did not check the server’s certificate here; Postern always does',
          '[smtp] sslVersion: not carried: Postern speaks TLS 1.2 and 1.3, and nothing older',
          '[smtp] ciphers: not carried: Postern chooses the ciphers, strong ones alone',
          '[smtp] options: not carried: Postern sets TLS up by itself',
        ],
      },
    ],
    [
      'that asks for TLS with protocol = smtp, and signs in for the mail program',
      `[out]\nclient = yes\naccept = localhost:1587\nconnect = smtp.example.org:587\nprotocol = smtp\nprotocolUsername = ada\nprotocolPassword = secret\n${verified}checkHost = smtp.example.org\n`,
      {
        relays: ['out: smtp on 1587 to smtp.example.org:587, starttls'],
        notes: [
          '[out] protocolUsername: not carried: the mail program signs in itself: type user name and password there',
          '[out] protocolPassword: not carried: the mail program signs in itself: type user name and password there',
        ],
      },
    ],
    [
      'for news, by either way to TLS',
      `[news]\nclient = yes\naccept = 127.0.0.1:119\nconnect = news.example.org:nntps\n${verified}checkHost = news.example.org\n[usenet]\nclient = yes\naccept = 127.0.0.1:1119\nconnect = news.example.net:119\nprotocol = nntp\n${verified}checkHost = news.example.net\n`,
      {
        relays: [
          'news: nntp on 127.0.0.1:119 to news.example.org:563, implicit',
          'usenet: nntp on 127.0.0.1:1119 to news.example.net:119, starttls',
        ],
        notes: [],
      },
    ],
    [
      'for a company with authorities and a certificate of its own',
      '[work-imap]\nclient = yes\naccept = ::1:1143\nconnect = 10.0.0.7:993\nverify = 2\nCAfile = company-root.pem\ncheckHost = mail.corp.example\ncert = me.pem\nkey = /home/ada/me.key\n',
      {
        relays: [
          'work-imap: imap on [::1]:1143 to mail.corp.example:993 at 10.0.0.7, implicit with /etc/stunnel/me.pem and /home/ada/me.key',
        ],
        certificateAuthorities: ['/etc/stunnel/company-root.pem'],
        notes: [],
      },
    ],
    [
      'that verifies without a name',
      `[pop]\nclient = yes\naccept = 127.0.0.2:1110\nconnect = pop.example.org:pop3s\n${verified}sni = mail.example.org\n`,
      {
        relays: ['pop: pop3 on 127.0.0.2:1110 to mail.example.org:995 at pop.example.org, implicit'],
        notes: ['[pop] checkHost: missing: stunnel did not check the server’s name here; Postern always does'],
      },
    ],
    [
      'that takes one certificate alone',
      '[imap]\nclient = yes\naccept = 127.0.0.1:1143\nconnect = nas.lan:993\nverifyPeer = yes\nCAfile = nas.pem\n',
      {
        relays: ['imap: imap on 127.0.0.1:1143 to nas.lan:993, implicit'],
        certificateAuthorities: [],
        notes: [
          '[imap] verifyPeer: not carried: stunnel took only the certificates in its file. Postern checks against authorities, and asks you about a certificate that does not pass; compare its fingerprint then',
        ],
      },
    ],
    [
      'with services that are nothing for Postern',
      `[https]\naccept = 443\nconnect = 80\ncert = server.pem\n[proxied]\nclient = yes\naccept = 127.0.0.1:1\nconnect = proxy:3128\nprotocol = connect\nprotocolHost = imap.example.org:993\n[database]\nclient = yes\naccept = 127.0.0.1:5432\nconnect = db.example.org:5432\nprotocol = pgsql\n[vpn]\nclient = yes\naccept = 127.0.0.1:1194\nconnect = vpn.example.org:443\n[shell]\nclient = yes\naccept = 1337\nexec = /bin/sh\n[db]\nclient = yes\naccept = /run/db.sock\nconnect = db:5432\n[psk]\nclient = yes\naccept = 127.0.0.1:1143\nconnect = imap.example.org:993\nPSKsecrets = /etc/psk.txt\n[inetd]\nclient = yes\nconnect = imap.example.org:993\n[lost]\nclient = yes\naccept = 127.0.0.1:1143\n`,
      {
        relays: [],
        notes: [
          '[https]: left out: it is a service for others ("client" is not yes), and Postern only connects out',
          '[proxied]: left out: it goes through an HTTP proxy, which Postern cannot',
          '[database]: left out: "pgsql" is no protocol that Postern knows',
          '[vpn]: left out: nothing in it says that it carries mail',
          '[shell]: left out: it starts a program instead of connecting',
          '[db]: left out: it uses a Unix socket',
          '[psk]: left out: it trusts a shared key instead of a certificate',
          '[inetd]: left out: it listens nowhere ("accept" is missing)',
          '[lost]: left out: it connects nowhere ("connect" is missing)',
        ],
      },
    ],
    [
      'with odd ports, known by the port here or by the name',
      `client = yes\n${verified}checkHost = mail.example.org\n[a]\naccept = 127.0.0.1:2143\nconnect = mail.example.org:10993\n[my-pop]\naccept = 127.0.0.1:7777\nconnect = mail.example.org:8888\n[submission]\naccept = 127.0.0.1:7778\nconnect = mail.example.org:8889\n`,
      {
        relays: [
          'a: imap on 127.0.0.1:2143 to mail.example.org:10993, implicit',
          'my-pop: pop3 on 127.0.0.1:7777 to mail.example.org:8888, implicit',
          'submission: smtp on 127.0.0.1:7778 to mail.example.org:8889, implicit',
        ],
        notes: [],
      },
    ],
    [
      'with TLS from the first byte where servers ask for STARTTLS, and two servers',
      `[smtp]\nclient = yes\naccept = 192.168.1.5:1587\nconnect = smtp.example.org:587\nconnect = smtp2.example.org:587\n${verified}checkHost = smtp.example.org\n`,
      {
        relays: ['smtp: smtp on 127.0.0.1:1587 to smtp.example.org:587, implicit'],
        notes: [
          '[smtp] connect: only the first one is carried, smtp.example.org:587; not smtp2.example.org:587',
          '[smtp] connect: carried as it is, with TLS from the first byte; on port 587 servers usually expect STARTTLS. If it does not connect, set "tls" to "starttls"',
          '[smtp] accept: carried as 127.0.0.1:1587: it listened on 192.168.1.5, where other computers may connect; Postern serves other computers only where "lan" lists them',
        ],
      },
    ],
    [
      'without services, with others included',
      'client = yes\ninclude = /etc/stunnel/conf.d\n',
      {
        relays: [],
        notes: [
          'include: not carried: files that are included are not read; import each of them by itself',
          'there is no service in this file: stunnel would be started by another program',
        ],
      },
    ],
    [
      'with a token, a folder of authorities and an option from the future',
      '[imap]\nclient = yes\naccept = 127.0.0.1:1143\nconnect = imap.example.org:993\nverifyChain = yes\nCApath = /opt/cas\ncheckHost = imap.example.org\nengineId = pkcs11\ncert = pkcs11:token=T\nquantum = yes\n',
      {
        relays: ['imap: imap on 127.0.0.1:1143 to imap.example.org:993, implicit'],
        notes: [
          '[imap] CApath: not carried: name the files of that folder in certificateAuthorities, one by one',
          '[imap] cert: not carried: Postern takes client certificates from PEM files, not from a token',
          '[imap] quantum: not carried: this option is not known',
        ],
      },
    ],
  ])('%s', (_, text, expected) => expect(imported(text)).toMatchObject(expected));
});

test.each([
  [
    '[imap]\nclient = yes\naccept 1143\nconnect = a:993\n[\n',
    ['line 3', 'line 5'],
    'expected "[section]" or "option = value"',
  ],
  ['[imap]\nclient = yes\naccept = 127.0.0.1:imap5\nconnect = a:993\n', ['[imap] accept'], 'found "imap5"'],
  [
    '[imap]\nclient = yes\naccept = 127.0.0.1:1143\nconnect = a:99999\n',
    ['[imap] connect'],
    'expected a port from 1 to 65535, found "99999"',
  ],
  [
    '[imap]\nclient = yes\naccept = 127.0.0.1:1143\nconnect = a b:993\n',
    ['[imap] connect'],
    'expected a host and a port, found "a b:993"',
  ],
])('a broken file is refused: %j', (text, places, words) => {
  let error: unknown;
  try {
    importStunnel(text, file);
  } catch (thrown) {
    error = thrown;
  }
  const issues = error instanceof ConfigurationError ? error.issues : [];
  expect(issues.map(({ path }) => path)).toEqual(places);
  expect(issues.map(issueText).join('\n')).toContain(words);
});

test('no password of the file is in what is said about it', () => {
  const text = '[out]\nclient = yes\naccept = 1\nconnect = a:587\nprotocol = smtp\nprotocolPassword = hunter2\n';
  expect(JSON.stringify(importStunnel(text, file))).not.toContain('hunter2');
  expect(() => importStunnel('[a]\nprotocolPassword: hunter2\n', file)).toThrow(/^(?![\s\S]*hunter2)/);
});

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  '97: an option and a service named %s are unknown, and nothing else',
  (name) => {
    const text = `[${name}]\nclient = yes\naccept = 127.0.0.1:1143\nconnect = mail.test:993\nverifyChain = yes\ncheckHost = mail.test\n`;
    const { relays, notes } = importStunnel(`${text}${name} = 1\n`, file);
    expect(importStunnel(text, file).relays).toEqual(relays);
    expect(notes.at(-1)).toEqual({
      place: `[${name}] ${name.toLowerCase()}`,
      message: 'not carried: this option is not known',
    });
  },
);

import { describe, expect, test } from 'vitest';
import { clientCards } from '../../main/client-cards.ts';
import { type Protocol, protocolFacts, protocols } from '../../proxy/contract/index.ts';
import { recogniseGreeting } from '../../proxy/diagnosis/greeting.ts';
import { redactedWord, redactLine } from '../../proxy/log/redact.ts';
import { disconnectionNotice } from '../../proxy/protocols/ldap-writer.ts';
import { repositoryFiles, textOf } from '../support/sources.ts';

// What each protocol needs in places that the compiler does not check. It does check that the samples here are
// complete.

const samples: Record<Protocol, { greetings: string[]; secrets: string[] }> = {
  smtp: { greetings: ['220 mail.example.org ESMTP', '421 4.3.2 no'], secrets: ['AUTH PLAIN SECRET', '334 SECRET'] },
  imap: {
    greetings: ['* OK ready', '* BYE no'],
    secrets: ['a LOGIN ann SECRET', 'a AUTHENTICATE PLAIN SECRET', '+ U0VDUkVU'],
  },
  pop3: { greetings: ['+OK ready', '-ERR no'], secrets: ['PASS SECRET', 'APOP ann SECRET', 'AUTH PLAIN SECRET'] },
  nntp: {
    greetings: ['200 news.example.net ready', '201 no posting', '200'],
    secrets: ['AUTHINFO PASS SECRET', 'AUTHINFO SASL PLAIN SECRET', '383 SECRET'],
  },
  // A directory greets nobody; all that it says unasked is its goodbye.
  ldap: {
    greetings: [disconnectionNotice(52, 'no').toString('latin1')],
    secrets: ['bindRequest (version 3, simple) SECRET', 'bindRequest (version 3, PLAIN) SECRET'],
  },
};

describe.each(protocols)('%s', (protocol) => {
  test('is recognised by its greeting', () => {
    expect(samples[protocol].greetings.map(recogniseGreeting)).toEqual(samples[protocol].greetings.map(() => protocol));
  });

  test('keeps its secrets from the log even where the dialect has overlooked them', () => {
    for (const secret of samples[protocol].secrets) {
      expect(redactLine(secret)).not.toMatch(/SECRET|U0VDUkVU/);
      expect(redactLine(secret)).toContain(redactedWord);
    }
  });

  test('has a card for at least one mail program', () => {
    expect(clientCards().some((card) => card.protocols.includes(protocol))).toBe(true);
  });
});

test('no words list the ports of every protocol: those of the one that matters come from what is known of it', () => {
  const ports = protocols.flatMap((protocol) => Object.values(protocolFacts[protocol].ports)).map(String);
  const lines = repositoryFiles()
    .filter((file) => file.startsWith('proxy/contract/words/'))
    .flatMap((file) => textOf(file).split('\n'))
    // Two ports of one protocol are advice about that protocol; three are a list.
    .filter((line) => ports.filter((port) => new RegExp(`\\b${port}\\b`).test(line)).length > 2);
  expect(lines).toEqual([]);
});

test('what news and the address book needed outside their folders is what docs/architecture.md lists', () => {
  const between = /<!-- outside its folder -->([\s\S]*?)<!-- end of the list -->/;
  const [, list = ''] = between.exec(textOf('docs/architecture.md')) ?? [];
  const listed = [...list.matchAll(/`((?:assets|main|proxy|renderer)\/[\w./-]+)`/g)].map(([, file = '']) => file);
  const naming = (protocol: Protocol) => {
    const own = new RegExp(`/dialects/${protocol}/|/protocols/${protocol}-|/check/${protocol}-client`);
    const named = new RegExp(protocol, 'i');
    return repositoryFiles().filter(
      (file) =>
        /^(?:main|proxy|renderer|assets)\/.*\.(?:tsx?|json)$/.test(file) && !own.test(file) && named.test(textOf(file)),
    );
  };
  expect([...new Set([...naming('nntp'), ...naming('ldap')])].sort()).toEqual(listed.sort());
});

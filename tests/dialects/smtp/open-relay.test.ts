import { describe, expect, test } from 'vitest';
import { createBounds } from '../../../proxy/dialects/bounds.ts';
import { smtp } from '../../../proxy/dialects/smtp/smtp.ts';
import { gateFor } from '../../gate/support/gates.ts';
import { relayTestRecipients, relayTestSenders } from '../../support/open-relay-lists.ts';
import { type Entry, play } from '../../support/script.ts';

// Nobody gets third parties' mail through a relay for devices, whether a device signs in or cannot: each form is refused by
// our own rules, before the server hears of it.

const bounds = {
  ...createBounds({ senders: ['scanner@example.org'], recipientsPerHour: 60 }, () => 0),
  sent: () => undefined,
};
const introduced: Entry[] = [
  ['program', 'EHLO printer'],
  ['server hears', 'EHLO printer'],
  ['server', '250-mail', '250 AUTH PLAIN'],
  ['program hears', '250-mail'],
];
const bye: Entry[] = [
  ['relayed', 'QUIT'],
  ['answered', '221 bye'],
  ['ends', 'closed'],
];

/** What comes first, up to a sender that is accepted; how the server takes the listed one's message. */
const ways: {
  way: string;
  options: Omit<Parameters<typeof play<null>>[1], 'knowledge'>;
  first: Entry[];
  sender: Entry[];
}[] = [
  {
    way: 'a device that signs in',
    options: {},
    first: [
      ...introduced,
      ['program hears', '250-AUTH PLAIN', '250 AUTH=PLAIN'],
      ['relayed', 'AUTH PLAIN AGFsaWNlAGh1bnRlcjI='],
      ['answered', '235 ok'],
    ],
    sender: [
      ['relayed', 'MAIL FROM:<scanner@example.org>'],
      ['answered', '250 ok'],
    ],
  },
  {
    way: 'a device without a password',
    options: { own: gateFor().own('no-password') },
    first: [...introduced.slice(0, -1), ['program hears', '250 mail']],
    sender: [
      ['program', 'MAIL FROM:<scanner@example.org>'],
      ['server hears', /^AUTH PLAIN [\w+/=]+$/],
      ['server', '235 ok'],
      ['server hears', 'MAIL FROM:<scanner@example.org>'],
      ['answered', '250 ok'],
    ],
  },
];

describe.each(ways)('109: $way', ({ options, first, sender }) => {
  test.each(relayTestSenders)('as %s', async (form) => {
    const on = await play(smtp, { knowledge: null, bounds, ...options }, [
      ...first,
      ['declined', `MAIL FROM:${form}`, /^(?:550 5\.7\.1|501 5\.1\.7) Postern: /],
      ['declined', 'RCPT TO:<nobody@example.net>', /^503 5\.5\.1 Postern: /],
      ['declined', 'DATA', /^503 5\.5\.1 Postern: /],
      ...bye,
    ]);
    expect(on.server.heard).not.toMatch(/MAIL|RCPT|DATA/);
  });

  test.each(relayTestRecipients)('to %s', async (form) => {
    const on = await play(smtp, { knowledge: null, bounds, ...options }, [
      ...first,
      ...sender,
      ['declined', `RCPT TO:${form}`, /^(?:550 5\.7\.1|501 5\.1\.3) Postern: /],
      ['declined', 'DATA', /^503 5\.5\.1 Postern: /],
      // The honest twin.
      ['relayed', 'RCPT TO:<alice@example.org>'],
      ['answered', '250 ok'],
      ...bye,
    ]);
    expect(on.server.heard.match(/RCPT/g)).toHaveLength(1);
    expect(on.server.heard).not.toContain('nobody');
  });
});

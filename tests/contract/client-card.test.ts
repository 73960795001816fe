import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clientCards } from '../../main/client-cards.ts';
import {
  type CardSetting,
  type ClientCard,
  cardSchema,
  cardsSchema,
  type FilledCard,
  type FillOptions,
  fillCard,
  isDevice,
  type Protocol,
  type RelayConfiguration,
} from '../../proxy/contract/index.ts';
import { root } from '../support/sources.ts';

// The cards compared with the configuration that they describe: nothing on a card is wrong, and nothing is missing.

const relay = (protocol: Protocol, listen: string | number): RelayConfiguration => ({
  name: `work-${protocol}`,
  protocol,
  listen,
  server: `${protocol}.example.org`,
  port: 993,
  tls: 'implicit',
});
const own: FillOptions['own'] = {
  name: { value: 'your own name', known: false },
  address: { value: 'ada@example.org', known: true },
  user: { value: 'ada', known: true },
  'user.encoded': { value: 'ada', known: true },
  password: { value: 'your password', known: false },
  base: { value: 'dc=example,dc=org', known: false },
};
const options: FillOptions = { own, account: 'Work', ports: new Map() };
/** An unusual address for each, so that no value can be right by chance. */
const relays = [
  relay('ldap', '127.0.0.6:10389'),
  relay('nntp', '127.0.0.5:10119'),
  relay('smtp', '127.0.0.4:10587'),
  relay('pop3', '127.0.0.3:10110'),
  relay('imap', '127.0.0.2:10143'),
];

const cards = clientCards();
/** Each card, once for each protocol that it can receive with; a send-only card once. */
const cases: { id: string; card: ClientCard; incoming: 'imap' | 'pop3' | undefined }[] = cards.flatMap((card) => {
  const incoming = (['imap', 'pop3'] as const).filter((protocol) => card.protocols.includes(protocol));
  return (incoming.length > 0 ? incoming : [undefined]).map((each) => ({ id: card.id, card, incoming: each }));
});

function fill(card: ClientCard, changed: Partial<FillOptions> = {}, of = relays): FilledCard {
  const filled = fillCard(card, of, { ...options, ...changed });
  if (!filled) throw new Error(`${card.id} has nothing to fill in`);
  return filled;
}

const fieldsOf = (card: FilledCard) => card.steps.flatMap((step) => step.fields);

/** What a program must be told in order to receive, and to send. */
const toReceive: CardSetting[] = [
  'incoming-protocol',
  'incoming-server',
  'incoming-port',
  'incoming-security',
  'incoming-user',
];
const toReadNews: CardSetting[] = ['news-server', 'news-port', 'news-security', 'news-user'];
const toLookUp: CardSetting[] = [
  'address-book-server',
  'address-book-port',
  'address-book-security',
  'address-book-user',
  'address-book-base',
];
const toSend: CardSetting[] = ['outgoing-server', 'outgoing-port', 'outgoing-security', 'outgoing-authentication'];

/** How programs and devices express that there is no encryption. */
const withoutEncryption =
  /^(?:no|none(?: \(insecure\))?|never|off|disabled?|regular|no security|plain \(no encryption\)|use unsecure \(plaintext\) connections|don't use (?:ssl|tls).*)$/i;

describe.each(cases)('$id, $incoming', ({ card, incoming }) => {
  const filled = fill(card, { incoming });
  const fields = fieldsOf(filled);
  const at = {
    imap: ['127.0.0.2', '10143'],
    pop3: ['127.0.0.3', '10110'],
    smtp: ['127.0.0.4', '10587'],
    nntp: ['127.0.0.5', '10119'],
    ldap: ['127.0.0.6', '10389'],
  };

  test('tells everything that is needed, or says that the program has no such setting', () => {
    const needed = [
      ...(incoming ? toReceive : []),
      ...(card.protocols.includes('smtp') ? toSend : []),
      ...(card.protocols.includes('nntp') ? toReadNews : []),
      ...(card.protocols.includes('ldap') ? toLookUp : []),
    ];
    const told = new Set(fields.flatMap(({ sets }) => sets));
    expect(needed.filter((each) => !told.has(each) && !card.without.includes(each))).toEqual([]);
    // A program may lack a setting for one protocol only.
    const others = cases
      .filter(({ id }) => id === card.id)
      .map((each) => fieldsOf(fill(card, { incoming: each.incoming })));
    const alwaysTold = (each: CardSetting) => others.every((all) => all.some(({ sets }) => sets.includes(each)));
    expect(card.without.filter(alwaysTold)).toEqual([]);
  });

  test('names the servers and ports that the relays listen on, and no other', () => {
    for (const { sets, action, value, label } of fields) {
      for (const [side, protocol] of [
        ['incoming', incoming] as const,
        ['outgoing', 'smtp'] as const,
        ['news', 'nntp'] as const,
        ['address-book', 'ldap'] as const,
      ]) {
        const [host = '', port = ''] = protocol ? at[protocol] : [];
        if (sets.includes(`${side}-server`)) expect(value, label).toContain(host);
        if (sets.includes(`${side}-port`)) expect(value, label).toMatch(new RegExp(`(?:^|:)${port}(?:/"?)?(?: "|$)`));
        if (sets.includes(`${side}-server`) || sets.includes(`${side}-port`)) expect(action, label).toBe('type');
      }
    }
    const allowed = [...at.smtp, ...at.nntp, ...at.ldap, ...(incoming ? at[incoming] : [])];
    const numbers = fields.flatMap(({ value }) => value.match(/127\.0\.0\.\d+|\b10\d{3}\b/g) ?? []);
    expect(numbers.filter((number) => !allowed.includes(number))).toEqual([]);
    expect(numbers.length).toBeGreaterThan(0);
  });

  test('switches encryption off, and signing in to send on', () => {
    expect(fields.length).toBeGreaterThan(0);
    for (const { sets, action, value, label } of fields) {
      if (sets.some((each) => each.endsWith('-security'))) {
        if (action === 'tick') expect(value, label).toBe('off');
        else expect(value, label).toMatch(withoutEncryption);
      }
      if (sets.includes('outgoing-authentication') && action === 'tick') expect(value, label).toBe('on');
      if (/secure (?:password|authentication)|\(SPA\)/i.test(label) && action === 'tick') {
        expect(value, label).toBe('off');
      }
    }
  });

  test('has nothing left to fill in, and nothing of the other protocol', () => {
    for (const { value, label } of fields) {
      expect(value, label).not.toMatch(/[{}]|undefined/);
      expect(value, label).not.toBe('');
    }
    const other = incoming === 'imap' ? /\bPOP3?\b/i : /\bIMAP4?\b/i;
    expect(fields.filter(({ label, value }) => other.test(label) || other.test(value))).toEqual([]);
  });
});

describe('the cards', () => {
  test('are for these programs', () => {
    expect(cards.map(({ id }) => id)).toEqual([
      'outlook-express',
      'outlook-express-mac',
      'outlook-2000',
      'outlook-2003',
      'windows-mail',
      'eudora',
      'eudora-light',
      'netscape-3',
      'netscape-4',
      'mozilla',
      'pegasus',
      'pegasus-2',
      'the-bat',
      'claris-emailer',
      'entourage',
      'apple-mail',
      'yam',
      'simplemail',
      'mr2-ice',
      'pmmail',
      'next-mail',
      'kmail',
      'sylpheed',
      'claws-mail',
      'mutt',
      'alpine',
      'agent',
      'tin',
      'slrn',
      'pan',
      'scanner',
      'epson',
      'xerox',
      'sharp',
      'toshiba',
      'samsung',
      'ricoh',
      'kyocera',
      'canon',
      'konica-minolta',
      'lexmark',
      'brother',
      'hp',
      'synology',
      'qnap',
      'truenas',
      'proxmox',
      'vcenter',
      'dell-idrac',
      'hpe-ilo',
      'hp-onboard-administrator',
      'apc',
      'eaton',
      'dahua',
      'hikvision',
    ]);
  });

  test('use a value only where its protocol is in use', () => {
    for (const card of cards) {
      for (const step of card.steps) {
        for (const field of step.fields) {
          const inUse = field.for ?? step.for ?? card.protocols;
          for (const [, protocol] of (field.type ?? '').matchAll(/\{(smtp|imap|pop3|nntp)\./g)) {
            expect(inUse, `${card.id}: ${field.label}`).toEqual([protocol]);
          }
        }
      }
    }
  });

  test('say where their words are from', () => {
    for (const card of cards) {
      if (card.checked !== 'no') expect(card.sources, card.id).not.toEqual([]);
    }
    const text = readFileSync(join(root, 'docs', 'cards.md'), 'utf8');
    const words = { program: 'the program', source: 'sources', partly: 'sources, in part', no: 'not checked' };
    for (const { id, name, checked } of cards) {
      expect(text).toMatch(
        new RegExp(`^\\| \`${id}\` +\\| ${name.replace(/[()!]/g, '\\$&')} +\\| ${words[checked]} +\\|`, 'm'),
      );
    }
  });

  test('of what only sends say that it is another machine, and how the two meet', () => {
    const devices = cards.filter(isDevice);
    expect(devices.length).toBeGreaterThan(15);
    for (const { id, notes } of devices) {
      expect(
        notes.filter((note) => note.text.includes('docs/scanner.md')),
        id,
      ).toHaveLength(1);
    }
  });

  test('of what cannot sign in to send say what comes of it', () => {
    const unable = cards.filter(({ without }) => without.includes('outgoing-authentication'));
    expect(unable.map(({ id }) => id)).toEqual([
      'eudora-light',
      'netscape-3',
      'pegasus-2',
      'claris-emailer',
      'next-mail',
      'hpe-ilo',
      'hp-onboard-administrator',
      'apc',
    ]);
    for (const { id, notes } of unable) {
      expect(
        notes.some((note) => /refuse its (?:outgoing )?mail, with Postern too/.test(note.text)),
        id,
      ).toBe(true);
    }
  });

  test('are refused with a value that does not exist, or with two things to do at once', () => {
    const [card] = cards;
    const withField = (field: object) => [{ ...card, steps: [{ where: ['Tools'], fields: [field] }] }];
    expect(cardsSchema.safeParse(withField({ label: 'Port', type: '{imap.port}' })).success).toBe(true);
    expect(cardsSchema.safeParse(withField({ label: 'Port', type: '{imap.prot}' })).success).toBe(false);
    expect(cardsSchema.safeParse(withField({ label: 'Port', type: '1', tick: true })).success).toBe(false);
    expect(cardsSchema.safeParse(withField({ label: 'Port' })).success).toBe(false);
    expect(cardSchema.safeParse({ ...card, checkd: 'no' }).success).toBe(false);
  });
});

describe('filling in', () => {
  const card = (id: string) => cards.find((each) => each.id === id) as ClientCard;

  test('takes IMAP before POP3, what the program can use, and what the account has', () => {
    expect(fill(card('sylpheed')).protocols).toEqual(['imap', 'smtp']);
    expect(fill(card('sylpheed'), { incoming: 'pop3' }).protocols).toEqual(['pop3', 'smtp']);
    expect(fill(card('claris-emailer')).protocols).toEqual(['pop3', 'smtp']);
    expect(fill(card('scanner')).protocols).toEqual(['smtp']);
    expect(fill(card('outlook-express')).protocols).toEqual(['imap', 'smtp', 'nntp', 'ldap']);
    expect(fill(card('alpine')).protocols).toEqual(['ldap']);
    expect(isDevice(card('alpine'))).toBe(false);
    expect(fill(card('tin')).protocols).toEqual(['nntp']);
    expect(isDevice(card('tin'))).toBe(false);
    expect(fill(card('mutt'), {}, [relay('imap', 1143)])).toMatchObject({ protocols: ['imap'], missing: ['send'] });
    expect(fill(card('claris-emailer'), {}, [relay('imap', 1143), relay('smtp', 25)])).toMatchObject({
      protocols: ['smtp'],
      missing: ['receive'],
    });
    expect(fill(card('scanner')).missing).toEqual([]);
    // An account for news alone lacks nothing; one for mail may do without news.
    expect(fill(card('outlook-express'), {}, [relay('nntp', 1119)])).toMatchObject({
      protocols: ['nntp'],
      missing: [],
    });
    expect(fill(card('outlook-express'), {}, [relay('imap', 1143), relay('smtp', 25)]).missing).toEqual([]);
    expect(fillCard(card('scanner'), [relay('imap', 1143)], options)).toBeNull();
    expect(fillCard(card('mutt'), [], options)).toBeNull();
  });

  test.each([
    ['[::1]:1143', '::1', '1143'],
    [1143, '127.0.0.1', '1143'],
    ['1143', '127.0.0.1', '1143'],
  ])('listen %j', (listen, host, port) => {
    const fields = fieldsOf(fill(card('pegasus'), {}, [relay('imap', listen)]));
    expect(fields.find(({ label }) => label === 'IMAP Server address')?.value).toBe(host);
    expect(fields.find(({ label }) => label === 'Server port')?.value).toBe(port);
  });

  test('a port that the system chose comes from the running relay', () => {
    const ports = new Map([['work-imap', 40123]]);
    const fields = fieldsOf(fill(card('pegasus'), { ports }, [relay('imap', '127.0.0.1:0')]));
    expect(fields.find(({ label }) => label === 'Server port')?.value).toBe('40123');
  });

  test('another machine is told the address under which it reaches this one', () => {
    const fields = fieldsOf(fill(card('scanner'), { host: '192.168.1.5' }));
    expect(fields.find(({ label }) => label === 'SMTP server address')?.value).toBe('192.168.1.5');
  });

  test('a program without a field for the port says where the relay has to listen', () => {
    expect(fill(card('claris-emailer')).fixedPorts).toEqual([
      { relay: 'work-pop3', protocol: 'pop3', port: 110, listens: 10110 },
      { relay: 'work-smtp', protocol: 'smtp', port: 25, listens: 10587 },
    ]);
    const usual = [relay('pop3', '127.0.0.1:110'), relay('smtp', '127.0.0.1:25')];
    expect(fill(card('claris-emailer'), {}, usual).fixedPorts).toEqual([]);
    expect(fill(card('sylpheed')).fixedPorts).toEqual([]);
  });

  test('tells of each path how the way to it is protected, where any leaves this computer', () => {
    const lan = { allow: ['192.168.7.20'] };
    const device = (listen: string, more = {}) => ({ ...relay('smtp', listen), lan: { ...lan, ...more } });
    const legs = (...of: RelayConfiguration[]) => fill(card('sylpheed'), {}, of).ownLegs;
    expect(legs(relay('imap', 1143), relay('smtp', 1587))).toEqual([]);
    expect(legs(relay('imap', 1143), device('192.168.7.1:1587'))).toEqual([
      { relay: 'work-imap', localTls: 'here' },
      { relay: 'work-smtp', localTls: 'offer' },
    ]);
    for (const localTls of ['off', 'require'] as const) {
      expect(legs(device('192.168.7.1:1587', { localTls }))).toEqual([{ relay: 'work-smtp', localTls }]);
    }
    expect(legs(device('tls://192.168.7.1:465'))).toEqual([{ relay: 'work-smtp', localTls: 'implicit' }]);
  });

  test('tells a known value from words for it', () => {
    const fields = fieldsOf(fill(card('sylpheed')));
    expect(fields.find(({ label }) => label === 'User ID')).toMatchObject({ value: 'ada', own: false });
    expect(fields.find(({ label }) => label === 'Password')).toMatchObject({ value: 'your password', own: true });
  });
});

test.each(
  cards.flatMap((card) =>
    (['nntp', 'ldap'] as const).flatMap((only) => (card.protocols.includes(only) ? [{ id: card.id, card, only }] : [])),
  ),
)('$id says nothing of mail to an account that has $only alone', ({ card, only }) => {
  const { notes } = fill(card, {}, [relay(only, '127.0.0.5:10119')]);
  expect(notes.filter((note) => /POP|IMAP|SMTP|send mail|Add, Mail/.test(note))).toEqual([]);
});

test('a note about one protocol is told to an account that is used with it', () => {
  const card = cards.find(({ id }) => id === 'outlook-express');
  if (!card) throw new Error('no card of Outlook Express');
  expect(fill(card).notes).toEqual([expect.stringContaining('by POP3 or IMAP can be chosen only in the wizard')]);
});

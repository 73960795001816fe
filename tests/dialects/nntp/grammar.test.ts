import { describe, expect, test } from 'vitest';
import { nntp } from '../../../proxy/dialects/nntp/nntp.ts';
import { gateFor, localPassword, longPassword } from '../../gate/support/gates.ts';
import { type Entry, play } from '../../support/script.ts';

// NNTP's own rules; those of every dialect are in ../sign-in.test.ts.

const conversation = (script: readonly Entry[]) => play(nntp, { knowledge: null }, script);
const goesOn: Entry[] = [
  ['relayed', 'AUTHINFO PASS right'],
  ['answered', '281 in'],
  ['ends', 'splice'],
];

describe('the sign-in', () => {
  test('USER and PASS, a failure first; a password may hold blanks', async () => {
    await conversation([
      ['relayed', 'AUTHINFO USER anna'],
      ['answered', '381 and?'],
      ['relayed', 'AUTHINFO PASS two words '],
      ['server', '481 no'],
      ['server hears', 'CAPABILITIES'],
      ['server', '101 list', 'AUTHINFO USER', '.'],
      ['program hears', '481 no'],
      ['relayed', 'authinfo user anna'],
      ['answered', '381 and?'],
      ...goesOn,
    ]);
  });

  test('USER alone may be enough (281)', async () => {
    await conversation([
      ['relayed', 'AUTHINFO USER guest'],
      ['answered', '281 in'],
      ['ends', 'splice'],
    ]);
  });

  test('SASL: in steps, with an initial response, and with data that come with the success (283)', async () => {
    await conversation([
      ['relayed', 'AUTHINFO SASL LOGIN'],
      ['answered', '383 VXNlcm5hbWU6'],
      ['relayed', '='],
      ['answered', '383 ='],
      ['relayed', 'c2Vj'],
      ['answered', '283 cnNw'],
      ['ends', 'splice'],
    ]);
    await conversation([
      ['relayed', 'AUTHINFO SASL PLAIN AGEAYg=='],
      ['answered', '281 in'],
      ['ends', 'splice'],
    ]);
  });

  test.each(['482 out of sequence', '502 already', '483 encrypt', '503 unknown'])('%j is a refusal', async (said) => {
    await conversation([
      ['relayed', 'AUTHINFO SASL XNONE'],
      ['answered', said],
      ['relayed', 'DATE'],
      ['answered', '111 20261127200000'],
      ...goesOn,
    ]);
  });

  test('the ways of RFC 2980 are declined: what follows them would be no command', async () => {
    await conversation([
      ['declined', 'AUTHINFO SIMPLE', /^501 Postern: sign in by AUTHINFO USER/],
      ['declined', 'AUTHINFO GENERIC x y', /^501 /],
      ['declined', 'AUTHINFO', /^501 /],
      ...goesOn,
    ]);
  });

  test('481 that no sign-in has asked for, and 381 to a password, are out of turn', async () => {
    await conversation([
      ['relayed', 'AUTHINFO PASS x'],
      ['server', '381 more'],
      ['ends', 'upstream-protocol'],
    ]);
    await conversation([
      ['relayed', 'AUTHINFO USER x'],
      ['server', '200 hm'],
      ['ends', 'upstream-protocol'],
    ]);
  });
});

describe('where the raw bytes begin', () => {
  test('480 can come at any question, and the sign-in that follows is one', async () => {
    const on = await conversation([
      ['relayed', 'MODE READER'],
      ['answered', '200 hi'],
      ['relayed', 'LIST OVERVIEW.FMT'],
      ['answered', '215 fields', 'Subject:', '.'],
      ['relayed', 'GROUP misc.test'],
      ['answered', '211 3 1 3 misc.test'],
      ['relayed', 'ARTICLE 1'],
      ['answered', '480 sign in'],
      ['relayed', 'POST'],
      ['answered', '480 sign in'],
      ['relayed', 'AUTHINFO USER anna'],
      ['answered', '381 and?'],
      ['relayed', 'AUTHINFO PASS hunter2'],
      ['answered', '281 in'],
      ['ends', 'splice'],
    ]);
    expect(on.traced.join('\n')).not.toMatch(/hunter2|anna|misc\.test|Subject/);
  });

  test.each([
    ['ARTICLE 1', '220 1 <a@b>'],
    ['HEAD 1', '221 1 <a@b>'],
    ['BODY 1', '222 1 <a@b>'],
    ['XOVER 1-9', '224 follows'],
    ['OVER 1-9', '224 follows'],
    ['HDR Subject 1-9', '225 follows'],
    ['LISTGROUP', '211 3 1 3 misc.test'],
    ['LIST', '215 follows'],
    ['LIST ACTIVE *', '215 follows'],
    ['NEWGROUPS 20260101 000000', '231 follows'],
    ['NEWNEWS * 20260101 000000', '230 follows'],
    ['POST', '340 go on'],
    ['IHAVE <a@b>', '335 go on'],
    ['COMPRESS DEFLATE', '206 go'],
    ['XFEATURE COMPRESS GZIP', '290 go'],
    ['XINDEX', '218 follows'],
  ])('%s that is granted is the last line that is read', async (command, granted) => {
    await conversation([
      ['program', command, 'next'],
      ['server hears', command],
      ['server raw', `${granted}\r\n.and\r\nmore`],
      ['program hears', granted],
      ['ends', 'splice'],
      ['kept', 'next\r\n'],
      ['left', '.and\r\nmore'],
    ]);
    await conversation([['relayed', command], ['answered', '423 no'], ...goesOn]);
  });

  test('what a feed sends unasked begins them at once', async () => {
    await conversation([
      ['program', 'TAKETHIS <a@b>', 'x'],
      ['server hears', 'TAKETHIS <a@b>'],
      ['ends', 'splice'],
      ['kept', 'x\r\n'],
    ]);
  });

  test('a list about the server itself is read and filtered, and does not end it', async () => {
    await conversation([
      ['relayed', 'CAPABILITIES'],
      ['server', '101 list', 'VERSION 2', 'STARTTLS', 'AUTHINFO USER SASL', 'SASL PLAIN X-PLUS', '.'],
      ['program hears', '101 list', 'VERSION 2', 'AUTHINFO USER SASL', 'SASL PLAIN', '.'],
      ['relayed', 'LIST EXTENSIONS'],
      ['server', '202 list', 'STARTTLS', 'OVER', '.'],
      ['program hears', '202 list', 'OVER', '.'],
      ['relayed', 'HELP'],
      ['answered', '100 help', 'STARTTLS', '..', '.'],
      ...goesOn,
    ]);
  });

  test('a group or an article that is not there is no mistake: a program may ask for many', async () => {
    const many = Array.from({ length: 30 }, (_, at): Entry[] => [
      ['relayed', `GROUP no.such.${at}`],
      ['answered', '411 no such group'],
    ]).flat();
    await conversation([...many, ...goesOn]);
  });
});

describe('where Postern signs in', () => {
  const given = gateFor();
  const own = (script: readonly Entry[]) => play(nntp, { knowledge: null, own: given.own() }, script);

  test('nothing can be read or posted before the local password was given', async () => {
    await own([
      ['relayed', 'MODE READER'],
      ['answered', '200 hi'],
      ['relayed', 'CAPABILITIES'],
      ['server', '101 list', 'VERSION 2', 'STARTTLS', 'AUTHINFO SASL', 'SASL GSSAPI', '.'],
      ['program hears', '101 list', 'VERSION 2', 'AUTHINFO USER SASL', 'SASL PLAIN LOGIN CRAM-MD5', '.'],
      ...['GROUP misc.test', 'LIST', 'POST', 'ARTICLE <a@b>', 'XANYTHING', 'TAKETHIS <a@b>'].map(
        (line): Entry => ['declined', line, /^480 Postern: sign in first, with the local password\.$/],
      ),
      ['declined', 'AUTHINFO USER anybody', /^381 Postern/],
    ]);
  });

  test('by USER and PASS where the server lists it, whatever mechanisms there are beside it', async () => {
    await own([
      ['program', `AUTHINFO PASS ${localPassword}`],
      ['server hears', 'CAPABILITIES'],
      ['server', '101 list', 'VERSION 2', 'AUTHINFO USER SASL', 'SASL SCRAM-SHA-256 PLAIN', '.'],
      ['server hears', 'AUTHINFO USER alice'],
    ]);
  });

  test('283: what comes with the success is judged by the mechanism, and the program hears 281', async () => {
    await own([
      ['program', `AUTHINFO PASS ${localPassword}`],
      ['server hears', 'CAPABILITIES'],
      ['server', '101 list', 'VERSION 2', 'AUTHINFO SASL', 'SASL SCRAM-SHA-256', '.'],
      ['server hears', /^AUTHINFO SASL SCRAM-SHA-256 \S+$/],
      ['server', '283 dj1ub25zZW5zZQ=='],
      ['program hears', /^400 Postern/],
      ['ends', 'upstream-protocol'],
    ]);
  });

  test('by USER and PASS on both sides, and neither password crosses', async () => {
    const on = await own([
      ['declined', 'AUTHINFO USER anybody', /^381 Postern/],
      ['program', `AUTHINFO PASS ${localPassword}`],
      ['server hears', 'CAPABILITIES'],
      ['server', '500 what?'],
      ['server hears', 'AUTHINFO USER alice'],
      ['server', '381 and?'],
      ['server hears', `AUTHINFO PASS ${Buffer.from(longPassword).toString('latin1')}`],
      ['server', '281 in'],
      ['program hears', '281 Postern: signed in'],
      ['ends', 'splice'],
    ]);
    expect(on.server.heard).not.toContain(localPassword);
    expect(on.program.heard).not.toContain(longPassword);
    expect(on.traced.join('\n')).not.toContain(localPassword);
    expect(on.traced.join('\n')).not.toContain(longPassword);
  });
});

describe('AUTHINFO USER that the server refuses', () => {
  test.each([
    ['481 no such user', 'wrong-password'],
    ['403 try again later', 'server-unavailable'],
    ['503 not supported', 'no-password-sign-in'],
  ])('is a sign-in that it refuses: %s', async (said, code) => {
    const on = await conversation([
      ['relayed', 'AUTHINFO USER anna'],
      ['server', said],
      ['server hears', 'CAPABILITIES'],
      ['server', '101 list', 'AUTHINFO USER', '.'],
      ['program hears', said],
      ['relayed', 'QUIT'],
      ['answered', '205 bye'],
      ['ends', 'closed'],
      ['noted', 'upstream-sign-in-failed'],
    ]);
    expect(on.findings).toMatchObject([{ code }]);
  });

  test('or to which it says goodbye', async () => {
    const on = await conversation([
      ['relayed', 'AUTHINFO USER anna'],
      ['answered', '400 too many connections from your host'],
      ['ends', 'closed'],
      ['noted', 'upstream-sign-in-failed'],
    ]);
    expect(on.findings).toMatchObject([{ code: 'server-too-many-connections' }]);
  });
});

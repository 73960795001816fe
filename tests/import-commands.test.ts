import { beforeEach, expect, test } from 'vitest';
import { type Configuration, configurationSchema } from '../proxy/contract/index.ts';
import { createImportCommands } from '../proxy/import-commands.ts';

const file = 'stunnel.conf';
const text = `client = yes
[imap]
accept = 127.0.0.1:21143
connect = imap.example.org:993
verifyChain = yes
checkHost = imap.example.org
CAfile = company.pem
`;

let configuration: Configuration;
let commands: ReturnType<typeof createImportCommands>;
beforeEach(() => {
  configuration = configurationSchema.parse({ version: 1, accounts: [{ name: 'Old', relays: [] }] });
  commands = createImportCommands({
    configuration: () => configuration,
    async change(make) {
      configuration = make(configuration);
    },
  });
});

const relay = { name: 'imap', listen: '127.0.0.1:21143', server: 'imap.example.org', port: 993 };
const expected = {
  program: 'stunnel',
  added: [{ name: 'example.org', relays: [expect.objectContaining(relay)] }],
  certificateAuthorities: [],
  notes: [{ place: 'CAfile', message: expect.stringContaining('without its folder, where "company.pem" is') }],
};

test('what would come of a file is told, and changes nothing', async () => {
  const before = configuration;
  expect(await commands.readImport({ text, file })).toEqual(expected);
  expect(configuration).toBe(before);
});

test('it is added to what is in force by then; a port that is taken meanwhile is left out', async () => {
  const { report, configuration: now } = await commands.addImport({ text, file });
  expect(report).toEqual(expected);
  expect(now).toBe(configuration);
  expect(now.accounts.map(({ name }) => name)).toEqual(['Old', 'example.org']);
  await expect(commands.addImport({ text, file })).rejects.toMatchObject({ code: 'failed' });
  expect(configuration.accounts).toHaveLength(2);
});

test.each([
  ['of neither program', 'hello', 'stunnel.conf: expected a client configuration of stunnel'],
  ['with a port that is none', text.replace('993', '99999'), 'expected a port from 1 to 65535'],
  [
    'that the configuration cannot take',
    text.replace('imap.example.org:993', `${'x'.repeat(300)}:993`),
    'stunnel.conf',
  ],
])('a file %s is refused, with the reason, and nothing changes', async (_, wrong, reason) => {
  const before = configuration;
  for (const command of [commands.readImport, commands.addImport]) {
    const failure = await command({ text: wrong.replace(/checkHost.*\n/, ''), file }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'bad-input', message: expect.stringContaining(reason) });
  }
  expect(configuration).toBe(before);
});

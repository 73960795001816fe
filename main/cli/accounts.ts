import { quoted } from '../../proxy/config/configuration-error.ts';
import { dataDirectoryPath } from '../../proxy/config/data-directory.ts';
import { readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { withExistingCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern accounts: the accounts that Postern signs in for.',
    '',
    'Usage: postern accounts sign-in NAME [--no-browser] [--device] [--client-secret-stdin] [--json]',
    '       postern accounts sign-out NAME [--json]',
    '',
    '  sign-in    asks for your consent at the provider, with the browser of this computer, and keeps what it brings',
    '  sign-out   gives the consent back, where the provider has a way to, and forgets it',
    '',
    '  --no-browser            print the address, and open nothing',
    '  --device                show an address and a code for another machine; for computers without a browser',
    '  --client-secret-stdin   read what the provider calls a client secret from standard input, and keep it',
    '  --json                  one line of JSON for each thing that happens',
    '  --data-dir FOLDER       where Postern keeps its things',
    '',
    'How to get a client id, provider by provider: docs/oauth.md.',
  ],
  async run(surroundings) {
    const { output, args } = surroundings;
    const options = {
      json: { type: 'boolean' },
      'no-browser': { type: 'boolean' },
      device: { type: 'boolean' },
      'client-secret-stdin': { type: 'boolean' },
    } as const;
    const { values, words } = readArguments(args, options, 2);
    const [action, account] = words;
    if (!isAction(action)) {
      throw new UsageError(
        `${action === undefined ? '"accounts" needs an action' : `There is no "accounts" action ${quoted(action)}`}; there are ${actions.join(', ')}.`,
      );
    }
    if (account === undefined) throw new UsageError(`"${action}" needs the name of an account.`);
    const json = values.json === true;
    const dataDirectory = await dataDirectoryPath(values['data-dir']);
    const { signInByConsent, signOut } = await import('./accounts-sign-in.ts');
    if (action === 'sign-out') {
      return withExistingCore(dataDirectory, surroundings, async (core) => {
        await signOut(core, account, json, output);
        return 0 as const;
      });
    }
    const clientSecret = values['client-secret-stdin'] === true ? await surroundings.readInputLine() : undefined;
    const [browser, device] = [values['no-browser'] !== true, values.device === true];
    return withExistingCore(dataDirectory, surroundings, (core) =>
      signInByConsent(core, { account, browser, device, json, clientSecret }, surroundings),
    );
  },
};

const actions = ['sign-in', 'sign-out'] as const;

function isAction(word: string | undefined): word is (typeof actions)[number] {
  return (actions as readonly (string | undefined)[]).includes(word);
}

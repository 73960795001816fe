import { counted, type PosternApi } from '../../proxy/contract/index.ts';
import type { Output } from '../output.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { commandOptions } from './command-options.ts';
import { readSnapshot, runCommand } from './running-core.ts';
import { withRunningCore } from './with-core.ts';

export const pause: Command = {
  help: [
    'postern pause: has the running Postern make no new connections to any server.',
    '',
    'Usage: postern pause [--json] [--data-dir FOLDER]',
    '',
    'Open connections go on until your mail program closes them. A mail program that connects is held for a moment, and',
    'then told. "postern resume" ends the pause, and so does a new start of Postern.',
  ],
  run: ({ args, output }) => set(true, args, output),
};

export const resume: Command = {
  help: [
    'postern resume: ends a pause; mail programs reach their servers again.',
    '',
    'Usage: postern resume [--json] [--data-dir FOLDER]',
  ],
  run: ({ args, output }) => set(false, args, output),
};

async function set(paused: boolean, args: string[], output: Output) {
  const { values } = readArguments(args, { json: { type: 'boolean' } });
  const options = commandOptions(values['data-dir']);
  return withRunningCore(values['data-dir'], async (core) => {
    const said = paused ? await pauseCore(core, options) : await resumeCore(core);
    if (values.json === true) output.json({ paused });
    else output.lines(...said);
    return 0 as const;
  });
}

/** @returns what to say of it */
async function pauseCore(core: PosternApi, options: string): Promise<string[]> {
  await runCommand(core, 'pause', {});
  const open = Object.keys((await readSnapshot(core)).tables.sessions).length;
  return [
    `Paused: no new connections are made to any server.${open === 0 ? '' : ` ${counted(open, goOn)} until the mail program closes it.`}`,
    `To go on: postern resume${options}`,
  ];
}

/** @returns what to say of it */
async function resumeCore(core: PosternApi): Promise<string[]> {
  const { tables } = await readSnapshot(core);
  await runCommand(core, 'resume', {});
  return [
    tables.core.core?.paused
      ? 'Mail programs reach their servers again.'
      : 'Postern was not paused: mail programs reach their servers.',
  ];
}

const goOn = { one: 'open connection goes on', other: 'open connections go on, each' };

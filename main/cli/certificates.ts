import {
  type CertificateDecision,
  type CommandOutputs,
  concernsOf,
  fingerprintText,
  type PosternApi,
  problemsDecided,
  type Snapshot,
} from '../../proxy/contract/index.ts';
import type { Output } from '../output.ts';
import { alarmLines } from './alarm-lines.ts';
import { readArguments } from './arguments.ts';
import { type Command, CommandProblem, UsageError } from './command.ts';
import { commandOptions } from './command-options.ts';
import { localDate } from './event-line.ts';
import { unknownAction } from './meant.ts';
import { byUrgency, portsText, questionLines } from './question-lines.ts';
import { readSnapshot, runCommand } from './running-core.ts';
import { serverLines } from './server-lines.ts';
import { withRunningCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern certificates: the certificates that wait for your decision, and what you decided before.',
    '',
    'Usage: postern certificates [list] [--json]',
    '       postern certificates approve ID [--once]   trust it always, or until Postern stops',
    '       postern certificates reject ID             never connect with it',
    '       postern certificates use-name ID [NAME]    reach the server under a name of its certificate, if that verifies',
    '       postern certificates forget ID             be asked again; connections that rely on it end',
    '',
    'ID is the one that the list shows; its first letters will do, and so does the whole SHA-256 of the certificate. Every',
    'action needs a running Postern, and takes --data-dir FOLDER. Approve a certificate only when whoever runs the server',
    'confirms its SHA-256 to you.',
  ],
  async run({ args, output }) {
    const { values, words } = readArguments(args, { json: { type: 'boolean' }, once: { type: 'boolean' } }, 3);
    const [action = 'list', typedId, name] = words;
    if (!isAction(action)) throw new UsageError(unknownAction('certificates', action, actions));
    if (action === 'list' && typedId !== undefined) throw new UsageError('"list" takes no ID.');
    if (action !== 'list' && typedId === undefined)
      throw new UsageError(`"${action}" needs the ID that the list shows.`);
    if (name !== undefined && action !== 'use-name') throw new UsageError(`"${action}" takes nothing after the ID.`);
    if (values.once === true && action !== 'approve') throw new UsageError('--once goes only with "approve".');

    const options = commandOptions(values['data-dir']);
    return withRunningCore(values['data-dir'], async (core) => {
      const snapshot = await readSnapshot(core);
      const json = values.json === true;
      if (action === 'list') list(snapshot, json, output, options);
      else if (action === 'use-name') await renameServer(core, wholeId(snapshot, typedId ?? ''), name, json, output);
      else await act(core, action, snapshot, wholeId(snapshot, typedId ?? ''), values.once === true, json, output);
      return 0;
    });
  },
};

const actions = ['list', 'approve', 'reject', 'use-name', 'forget'] as const;
type Action = (typeof actions)[number];

function isAction(word: string): word is Action {
  return (actions as readonly string[]).includes(word);
}

function list(snapshot: Snapshot, json: boolean, output: Output, options: string): void {
  const { questions, decisions, servers } = snapshot.tables;
  if (json)
    output.json({
      questions: Object.values(questions),
      decisions: Object.values(decisions),
      servers: Object.values(servers),
    });
  else output.lines(...certificatesLines(snapshot, options));
}

/**
 * Everything known of certificates as a person reads it: what may be an attack first.
 *
 * @param options what suggested commands need
 */
export function certificatesLines({ tables }: Snapshot, options: string): string[] {
  const questions = byUrgency(Object.values(tables.questions));
  const decisions = Object.values(tables.decisions);
  const servers = Object.values(tables.servers);
  const { alarms } = concernsOf({ questions, decisions, servers, relays: Object.values(tables.relays) });
  const practice = tables.core.core?.practice;
  const lines: string[] = alarms.length === 0 ? [] : [...alarmLines(alarms), ''];
  if (questions.length > 0)
    lines.push(
      'Waiting for your decision',
      ...questions.flatMap((each) => questionLines(each, servers, options, practice)),
      '',
    );
  if (decisions.length > 0)
    lines.push('Decided by you', ...decisions.flatMap((each) => decisionLines(each, options)), '');
  if (servers.length > 0) {
    lines.push('Verified without a decision of yours', ...servers.flatMap(serverLines), '');
  }
  return lines.length === 0 ? ['No certificate has been seen yet.'] : lines.slice(0, -1);
}

async function act(
  core: PosternApi,
  action: Exclude<Action, 'list' | 'use-name'>,
  { tables }: Snapshot,
  id: string,
  once: boolean,
  json: boolean,
  output: Output,
): Promise<void> {
  if (action === 'forget') {
    const forgotten = await runCommand(core, 'forget', { id });
    if (json) output.json(forgotten);
    else {
      const { host, port, forgotten: what } = forgotten;
      output.lines(`Forgotten${host === undefined ? '' : `: ${host} port ${port}`}. ${afterForgetting[what]}`);
    }
    return;
  }
  const question = tables.questions[id];
  const decision: CommandOutputs['approve'] =
    action === 'reject'
      ? await runCommand(core, 'reject', { id })
      : await runCommand(core, 'approve', { id, remember: once ? 'once' : 'always' });
  if (json) output.json(decision);
  else {
    const { host, port, account, unsaved } = decision;
    const practising = tables.core.core?.practice?.account === account;
    const how =
      practising && decision.decision === 'always' ? 'Trusted until the practice ends:' : said[decision.decision];
    const at = question ? portsText(question) : `port ${port}`;
    output.lines(`${unsaved === undefined ? how : said.once} the certificate of ${host} ${at} (account ${account}).`);
    if (unsaved !== undefined) throw new CommandProblem(unsaved);
  }
}

async function renameServer(
  core: PosternApi,
  id: string,
  name: string | undefined,
  json: boolean,
  output: Output,
): Promise<void> {
  const used = await runCommand(core, 'renameServer', { id, ...(name === undefined ? {} : { name }) });
  if (json) output.json(used);
  else
    output.lines(
      `Verified, and used from now on: ${used.to} instead of ${used.from} (account ${used.account}: ${used.relays.join(', ')}).`,
    );
}

const said = {
  reject: 'Rejected:',
  once: 'Trusted until Postern stops:',
  always: 'Trusted from now on:',
};

const afterForgetting = {
  decision: 'The next connection asks again.',
  server: 'It counts as a server that was never seen.',
  question: 'The next connection asks again.',
};

function decisionLines(row: CertificateDecision, options: string): string[] {
  const { id, account, host, port, decision, decidedAt, certificate } = row;
  return [
    `  ${id.slice(0, 12)}  ${host} port ${port} (account ${account}), ${localDate(decidedAt)}: ${decided[decision]} ${decision === 'reject' ? 'because' : 'although'} ${problemsDecided(row).join(', ')}`,
    `    SHA-256 ${fingerprintText(certificate.fingerprint)}`,
    `    To be asked again: postern certificates forget ${id}${options}`,
  ];
}

const decided = { reject: 'rejected', once: 'trusted until Postern stops', always: 'always trusted' };

/**
 * Finds what the person means by the first letters of an id, or by a certificate's SHA-256, with or without colons.
 *
 * @throws {CommandProblem} when nothing or more than one matches.
 */
function wholeId({ tables }: Snapshot, written: string): string {
  const typed = written.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{4,64}$/.test(typed)) throw new UsageError(`Expected an ID as the list shows it, found "${written}".`);
  const rows = [tables.questions, tables.decisions, tables.servers].flatMap((table) => Object.values(table));
  const isMeant = ({ id, certificate }: (typeof rows)[number]) =>
    id.startsWith(typed) || certificate.fingerprint === typed;
  const meant = [...new Set(rows.filter(isMeant).map(({ id }) => id))];
  if (meant.includes(typed)) return typed;
  if (meant.length > 1) throw new CommandProblem(`Several IDs begin with ${typed}; type more of it.`);
  if (meant[0] === undefined) throw new CommandProblem(`There is no question or decision with the ID ${typed}.`);
  return meant[0];
}

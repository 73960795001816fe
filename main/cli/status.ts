import {
  type AccountRow,
  type Concerns,
  concernsOf,
  doubtedWords,
  inert,
  isStopped,
  liveSessions,
  overallStanding,
  type RelayRow,
  type RelayStanding,
  relayStanding,
  type SessionRow,
  type Snapshot,
  standingRefusal,
  waitingAccounts,
  worded,
} from '../../proxy/contract/index.ts';
import { neededText, vaultLines } from './accounts-lines.ts';
import { alarmLines } from './alarm-lines.ts';
import { aligned } from './aligned.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { commandOptions } from './command-options.ts';
import { deviceLines, localCertificateLines } from './device-lines.ts';
import { bytes, localDate } from './event-line.ts';
import { joinedFailures } from './failed-listeners.ts';
import { noAccountYet } from './no-account.ts';
import { byUrgency, questionLines } from './question-lines.ts';
import { readSnapshot } from './running-core.ts';
import { serverLines } from './server-lines.ts';
import { evidenceCells, relayCells, sessionCells } from './status-cells.ts';
import { whereToChange } from './where-to-change.ts';
import { withRunningCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern status: what the running Postern is doing.',
    '',
    'Usage: postern status [--json] [--data-dir FOLDER]',
    '',
    'Shows relays, connections, what was refused last and why, certificates that wait for your decision, and for each',
    'verified server how recently its certificate was checked for revocation.',
    'Exit code 1 if Postern is not running.',
  ],
  async run({ args, output }) {
    const { values } = readArguments(args, { json: { type: 'boolean' } });
    const options = commandOptions(values['data-dir']);
    return withRunningCore(values['data-dir'], async (core) => {
      const snapshot = await readSnapshot(core);
      if (values.json === true) output.json(statusValue(snapshot, core.pid));
      else
        output.lines(
          ...(core.brief ? [ofACommand(core.pid, options)] : []),
          ...statusLines(snapshot, core.pid, options),
        );
      return 0;
    });
  },
};

function ofACommand(pid: number, options: string): string {
  return `Postern is NOT RUNNING: your mail program cannot connect. What follows is of a command (process ${pid}) that runs one of its own while it lasts. To start yours: postern run${options}`;
}

/** The same facts for a program. */
function statusValue({ tables }: Snapshot, pid: number) {
  const concerns = concernsIn(tables);
  const refusals = Object.values(tables.activity).filter(({ kind }) => kind === 'refused');
  return {
    ...tables.core.core,
    pid,
    accounts: Object.values(tables.accounts),
    standing: overallStanding(
      Object.values(tables.relays),
      concerns,
      Object.values(tables.accounts),
      tables.core.core?.paused ?? false,
    ),
    alarms: concerns.alarms,
    relays: Object.values(tables.relays),
    sessions: Object.values(tables.sessions),
    refusals: refusals.sort((a, b) => b.number - a.number).slice(0, 20),
    questions: Object.values(tables.questions),
    servers: Object.values(tables.servers),
  };
}

/**
 * The running Postern as a person reads it.
 *
 * @param pid of its process
 * @param options what suggested commands need
 */
export function statusLines({ tables }: Snapshot, pid: number, options = ''): string[] {
  const core = tables.core.core;
  const relays = Object.values(tables.relays);
  const sessions = Object.values(tables.sessions);
  const concerns = concernsIn(tables);
  const lines = [
    `Postern ${core?.version ?? ''} has been running since ${localDate(core?.startedAt ?? '')} (process ${pid}).`,
    trafficLine(relays, sessions),
    zoneLine(),
    ...(core?.paused
      ? [
          `It is PAUSED: no new connections are made. To go on: postern resume${options}`,
          'The pause ends as well when Postern is started again.',
        ]
      : []),
    ...alarmLines(concerns.alarms),
    ...waitingAccounts(Object.values(tables.accounts)).map((account) => signInLine(account, options)),
    ...(core?.warnings ?? []).map((warning) => `Warning: ${warning}`),
    ...(core?.vault ? vaultLines(core.vault) : []),
    ...(core?.localCertificate ? localCertificateLines(core.localCertificate, options) : []),
    '',
  ];
  if (relays.length === 0) lines.push(noAccountYet(options), '');
  for (const account of new Set(relays.map((relay) => relay.account))) {
    lines.push(account);
    const own = relays.filter((relay) => relay.account === account);
    const stopped = (relay: RelayRow) =>
      isStopped(standingIn(tables, relay, concerns)) ? 'stopped' : core?.paused ? 'paused' : null;
    lines.push(...aligned(own.map((relay) => relayCells(relay, sessions, stopped(relay)))));
    for (const relay of own) {
      const { name, listeners } = relay;
      if (standingIn(tables, relay, concerns).kind === 'doubted')
        lines.push(`  ${name}: CAREFUL, see the alarm above. ${doubtedWords}`);
      // A refusal is old news once a later connection has succeeded.
      const refusal = standingRefusal(relay);
      const failures = listeners.flatMap(({ status }) => (status.kind === 'failed' ? [status.diagnosis] : []));
      for (const failure of joinedFailures(failures)) {
        const { sentence, advice } = worded(failure, options);
        lines.push(`  ${name}: ${sentence} ${advice}${whereToChange(failure, [name])}`);
      }
      lines.push(...deviceLines(relay, options));
      if (refusal) {
        const { code, sentence, advice } = worded(refusal.diagnosis, options);
        const when = `${localDate(refusal.at)}${refusal.beforeStart ? ', before Postern was started' : ''}`;
        const where = whereToChange(refusal.diagnosis, [name]);
        lines.push(`  ${name} was last refused ${when}: ${sentence} [${code}] ${advice}${where}`);
      }
    }
    lines.push(
      '  Is it encrypted?',
      ...aligned(
        own.map((relay) => evidenceCells(relay, stopped(relay))),
        4,
      ),
      '',
    );
  }
  if (sessions.length > 0) lines.push('Connections', ...aligned(sessions.map(sessionCells)), '');
  const questions = byUrgency(concerns.open);
  const servers = Object.values(tables.servers);
  if (questions.length > 0)
    lines.push(
      'Certificates that wait for your decision',
      ...questions.slice(0, maxQuestions).flatMap((each) => questionLines(each, servers, options, core?.practice)),
    );
  const more = Math.max(0, questions.length - maxQuestions) + (core?.questionsDropped ?? 0);
  if (more > 0)
    lines.push(`  and ${more} more: servers keep showing new certificates. Nothing was sent to any of them.`);
  if (questions.length > 0 || more > 0) lines.push('');
  if (servers.length > 0) lines.push('Verified without a decision of yours', ...servers.flatMap(serverLines), '');
  return lines.slice(0, -1);
}

/** Whose times those are that stand here: they go into mails to people elsewhere. */
function zoneLine(): string {
  const east = -new Date().getTimezoneOffset();
  const two = (count: number) => String(count).padStart(2, '0');
  const [hours, minutes] = [Math.floor(Math.abs(east) / 60), Math.abs(east) % 60];
  return `Times are this computer’s own (UTC${east < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}).`;
}

/** Ended sessions and live ones; nothing from before the core started is counted. */
function trafficLine(relays: readonly RelayRow[], sessions: readonly SessionRow[]): string {
  const all = [...relays, ...sessions];
  const sum = (of: (row: RelayRow | SessionRow) => number) => bytes(all.reduce((total, row) => total + of(row), 0));
  return `Since then ${sum((row) => row.bytesDown)} were received and ${sum((row) => row.bytesUp)} sent.`;
}

function concernsIn({ questions, decisions, servers, relays }: Snapshot['tables']): Concerns {
  return concernsOf({
    questions: Object.values(questions),
    decisions: Object.values(decisions),
    servers: Object.values(servers),
    relays: Object.values(relays),
  });
}

function signInLine(account: AccountRow, options: string): string {
  return `WAITING FOR YOU TO SIGN IN: ${inert(account.name)}: ${neededText(account, options)}`;
}

function standingIn(
  { sessions, accounts, core }: Snapshot['tables'],
  relay: RelayRow,
  concerns: Concerns,
): RelayStanding {
  return relayStanding(
    relay,
    liveSessions(relay.name, Object.values(sessions)),
    concerns,
    accounts[relay.account]?.signIn.needed,
    core.core?.paused ?? false,
  );
}

/** How many questions are shown in full; the rest are one line. `postern certificates` has them all. */
const maxQuestions = 10;

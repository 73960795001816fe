import { isNear } from '../../proxy/config/near-word.ts';
import { inert } from '../../proxy/contract/index.ts';

/** What other programs call it, and what does it here: typed after `postern`. */
const otherNames: Record<string, string> = {
  start: 'run',
  serve: 'run',
  up: 'run',
  daemon: 'run',
  new: 'add ADDRESS',
  create: 'add ADDRESS',
  setup: 'add ADDRESS',
  list: 'accounts',
  ls: 'accounts',
  remove: 'accounts remove NAME',
  delete: 'accounts remove NAME',
  rm: 'accounts remove NAME',
  rename: 'accounts rename NAME NEW',
  login: 'accounts sign-in',
  'sign-in': 'accounts sign-in',
  logout: 'accounts sign-out',
  'sign-out': 'accounts sign-out',
  password: 'accounts local-password',
  trust: 'certificates approve ID',
  approve: 'certificates approve ID',
  accept: 'certificates approve ID',
  reject: 'certificates reject ID',
  forget: 'certificates forget ID',
  'use-name': 'certificates use-name ID',
  allow: 'devices allow RELAY ADDRESS',
  validate: 'config validate',
  test: 'check',
  unpause: 'resume',
  continue: 'resume',
  open: 'window',
  ui: 'window',
  gui: 'window',
  version: '--version',
};

/** The same where no command does it. */
const elsewhere: Record<string, string> = {
  stop: 'Ctrl+C stops Postern, in the terminal where it runs; a service is stopped by its manager.',
  log: 'The log is in the folder "logs" of the data directory. What was refused last, and why: postern status',
};
const sameAs: Record<string, string> = { quit: 'stop', exit: 'stop', kill: 'stop', logs: 'log' };

/** What stands in the place of a command. */
const options = ['--version', '--help'];

/**
 * What a person may have meant by a first word that is no command: a sentence with a blank in front, empty where there is no
 * telling.
 *
 * @param commands the names of all commands
 */
export function meantCommand(typed: string, commands: readonly string[]): string {
  if (/^-v$/i.test(typed)) return didYouMean('--version');
  if (typed.startsWith('-')) return didYouMean(options.find((option) => isNear(typed, option)));
  const word = typed.toLowerCase();
  const known = Object.hasOwn(sameAs, word) ? sameAs[word] : word;
  if (known !== undefined && Object.hasOwn(elsewhere, known)) return ` ${elsewhere[known]}`;
  return didYouMean(Object.hasOwn(otherNames, word) ? otherNames[word] : nearest(typed, commands));
}

/** What other programs call an action of ours. */
const otherActions: Record<string, readonly string[]> = {
  approve: ['trust', 'accept', 'allow'],
  reject: ['refuse', 'distrust', 'deny'],
  forget: ['remove', 'delete', 'rm', 'refuse', 'reject', 'deny', 'block', 'disallow'],
  allow: ['approve', 'trust', 'accept', 'add'],
  remove: ['delete', 'rm', 'forget'],
  rename: ['mv', 'move'],
  list: ['ls', 'show'],
  'sign-in': ['login', 'signin'],
  'sign-out': ['logout', 'signout'],
  'local-password': ['password'],
};

/** What to say of an action that a command does not have. @param actions those that it has */
export function unknownAction(command: string, typed: string, actions: readonly string[]): string {
  const other = actions.find((action) => Object.hasOwn(otherActions, action) && otherActions[action]?.includes(typed));
  const meant = nearest(typed, actions) ?? other;
  return `There is no "${command} ${inert(typed, 50)}".${didYouMean(meant)} There are ${actions.join(', ')}.`;
}

function didYouMean(meant: string | undefined): string {
  if (meant === undefined) return '';
  return ` Did you mean ${meant.includes(' ') ? `"postern ${meant}"` : meant}?`;
}

/** The word with one typing error, or the beginning of one: "cert", "acount". */
function nearest(typed: string, words: readonly string[]): string | undefined {
  const near = words.find((candidate) => isNear(typed, candidate));
  return near ?? words.find((candidate) => isBeginning(typed, candidate));
}

function isBeginning(typed: string, candidate: string): boolean {
  if (candidate.startsWith(typed.toLowerCase())) return typed.length > 2;
  const beginnings = [typed.length - 1, typed.length, typed.length + 1].map((length) => candidate.slice(0, length));
  return typed.length > 4 && beginnings.some((each) => isNear(typed, each));
}

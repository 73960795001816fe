import type { WindowPlace } from '../../proxy/contract/index.ts';
import {
  alarmsByHost,
  inert,
  isAlarm,
  placeOfAlarm,
  questionsByHost,
  waitingAccounts,
} from '../../proxy/contract/index.ts';
import { type CoreView, relayWords, standingWords, trayStanding } from './tray-standing.ts';
import { words } from './words.ts';

/** What an entry of the menu does. */
export type MenuAction = { kind: 'open'; place?: WindowPlace } | { kind: 'pause' | 'resume' | 'quit' };

/** An entry of the tray's menu, as plain data: without an action it only shows a text. */
export type MenuEntry = { separator: true } | { separator?: false; label: string; action?: MenuAction };

/** A longer menu does not fit on a screen. */
const maxRelays = 12;
const maxQuestions = 5;
const maxNameLength = 60;

/** The tray's menu: the standing, a line for each relay, what is waiting, and what can be done. */
export function menuModel(view: CoreView): MenuEntry[] {
  const { relays, concerns, accounts, paused, status } = view;
  const live = status === 'live';
  const shown = relays.slice(0, maxRelays);
  const name = (text: string) => inert(text, maxNameLength);
  const waiting = [
    ...firstOf(alarmsByHost(concerns.alarms)).map((alarm) => ({
      place: placeOfAlarm(alarm),
      label: words.menu.alarm(name(alarm.host)),
    })),
    ...firstOf(questionsByHost(concerns.open.filter((each) => !isAlarm(each)))).map(({ id, host }) => ({
      place: { page: 'certificates', item: id } as const,
      label: words.menu.question(name(host)),
    })),
  ];
  const signIns = waitingAccounts(accounts);
  return [
    { label: standingWords(trayStanding(view), view) },
    { separator: true },
    ...(relays.length === 0 ? [{ label: words.menu.noRelays }] : []),
    ...shown.map((relay) => ({
      label: `${name(relay.name)}: ${relayWords(relay, view)}`,
      action: { kind: 'open', place: { page: 'accounts', item: relay.account } } as const,
    })),
    ...(relays.length > shown.length ? [{ label: words.menu.more(relays.length - shown.length) }] : []),
    { separator: true },
    ...(live && waiting.length > 0
      ? [
          ...waiting.slice(0, maxQuestions).map(({ place, label }) => ({
            label,
            action: { kind: 'open', place } as const,
          })),
          ...(waiting.length > maxQuestions ? [{ label: words.menu.more(waiting.length - maxQuestions) }] : []),
          { separator: true } as const,
        ]
      : []),
    ...(live && signIns.length > 0
      ? [
          ...signIns.slice(0, maxQuestions).map((account) => ({
            label: words.menu.signIn(name(account.name)),
            action: { kind: 'open', place: { page: 'accounts', item: account.name } } as const,
          })),
          ...(signIns.length > maxQuestions ? [{ label: words.menu.more(signIns.length - maxQuestions) }] : []),
          { separator: true } as const,
        ]
      : []),
    { label: words.menu.open, action: { kind: 'open' } },
    ...(live
      ? [
          {
            label: paused ? words.menu.resume : words.menu.pause,
            action: { kind: paused ? 'resume' : 'pause' },
          } as const,
        ]
      : []),
    { separator: true },
    { label: words.menu.quit, action: { kind: 'quit' } },
  ];
}

/** The ports of one server are one entry, which leads to the first of them. */
function firstOf<T>(groups: readonly (readonly T[])[]): T[] {
  return groups.flatMap(([first]) => (first === undefined ? [] : [first]));
}

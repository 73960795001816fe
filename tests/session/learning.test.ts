import { expect, test } from 'vitest';
import { Refused } from '../../proxy/net/refused.ts';
import { learning } from '../../proxy/session/learning.ts';
import type { SessionReport } from '../../proxy/session/report.ts';

/** A session whose report is passed on; `learnt` says what was concluded, `told` what went on to the report. */
function session() {
  const learnt: string[] = [];
  const told: string[] = [];
  const note =
    (list: string[], what: string) =>
    (...[first]: unknown[]) =>
      void list.push(typeof first === 'string' ? `${what} ${first}` : what);
  const report = {
    id: 's1',
    phase: note(told, 'phase'),
    verified: note(told, 'verified'),
    refused: note(told, 'refused'),
    progress: note(told, 'progress'),
    closed: note(told, 'closed'),
  } as unknown as SessionReport;
  const wariness = { quiet: () => 0, foreign: note(learnt, 'foreign'), honest: note(learnt, 'honest') };
  const dial = { giveBack: note(learnt, 'dial given back'), take: note(learnt, 'dial taken') };
  return { learnt, told, heard: learning(report, wariness, { source: null, dial }) };
}

const webPage = new Refused('client-not-mail', { code: 'not-a-mail-program', facts: { spoke: 'http' } });
const otherUser = new Refused('client-other-user', { code: 'other-user', facts: { uid: 7 } });

test('honest: 84: a program that signs in has had the server dialled for something', () => {
  const { learnt, told, heard } = session();
  heard.verified({} as never);
  heard.phase('signed-in');
  heard.closed('clean', 1, 1);
  expect(learnt).toEqual(['honest', 'dial given back']);
  expect(told).toEqual(['verified', 'phase signed-in', 'closed clean']);
});

test('84: a program that turns out to be a web page has had it dialled for nothing', () => {
  const { learnt, heard } = session();
  heard.refused(webPage);
  heard.closed('refused', 0, 0);
  expect(learnt).toEqual(['foreign', 'dial taken']);
});

test('any other refusal is not the program’s fault', () => {
  const { learnt, heard } = session();
  heard.refused(otherUser);
  expect(learnt).toEqual(['dial given back']);
});

test('whoever hangs up without a word has had the server dialled for nothing', () => {
  const { learnt, heard } = session();
  heard.closed('client-reset', 0, 0);
  expect(learnt).toEqual([]);
});

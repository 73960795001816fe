import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { createNoticeBoard } from '../../main/notice-board.ts';
import type { Notice } from '../../main/notices.ts';

const question: Notice = { title: 't', body: 'b', place: { page: 'certificates', item: 'x' }, urgent: true };
const news: Notice = { title: 't', body: 'b', place: { page: 'overview' } };

function prepare(
  options: Partial<Record<'isSupported' | 'fails' | 'balloons' | 'readsMarkup', boolean>> & { how?: string } = {},
) {
  const { isSupported = true, fails = false, balloons = false, readsMarkup = false, how = 'notification' } = options;
  const seen: string[] = [];
  const shown: (EventEmitter & { body: string })[] = [];
  class Fake extends EventEmitter {
    static isSupported = () => isSupported;
    readonly body: string;
    constructor({ body }: { body: string }) {
      super();
      this.body = body;
    }
    show() {
      shown.push(this);
      this.emit(fails ? 'failed' : 'show', {});
    }
  }
  const board = createNoticeBoard({
    Notification: Fake as never,
    how: how as 'notification' | 'balloon',
    readsMarkup,
    balloon() {
      if (balloons) seen.push('balloon');
      return balloons;
    },
    attract: () => seen.push('attract'),
    open: ({ page }) => seen.push(`open ${page}`),
  });
  return { board, seen, shown };
}

test('what is shown leads to its place, and nothing else happens', () => {
  const { board, seen, shown } = prepare();
  board.show(question);
  expect(seen).toEqual([]);
  expect(board.hasFailed).toBe(false);
  shown[0]?.emit('click');
  expect(seen).toEqual(['open certificates']);
});

test('a question that the system does not show opens the window; news alone draw attention', () => {
  const { board, seen } = prepare({ fails: true });
  board.show(news);
  expect(seen).toEqual(['attract']);
  board.show(question);
  expect(seen).toEqual(['attract', 'attract', 'open certificates']);
  expect(board.hasFailed).toBe(true);
});

test('where there is nothing to show it, the same, and it is known from the start', () => {
  const { board, seen, shown } = prepare({ isSupported: false });
  expect(board).toMatchObject({ isSupported: false, hasFailed: true });
  board.show(question);
  expect([seen, shown]).toEqual([['attract', 'open certificates'], []]);
});

test('a balloon takes its place where there is one, or is what is shown', () => {
  const failing = prepare({ fails: true, balloons: true });
  failing.board.show(question);
  expect(failing.seen).toEqual(['balloon']);
  const balloon = prepare({ how: 'balloon' as never, balloons: true });
  balloon.board.show(question);
  expect([balloon.seen, balloon.shown.length, balloon.board.hasFailed]).toEqual([['balloon'], 0, false]);
  const trayless = prepare({ how: 'balloon' as never });
  trayless.board.show(question);
  expect(trayless.seen).toEqual(['attract', 'open certificates']);
  expect(trayless.board.hasFailed).toBe(true);
});

test('one that works again is no problem any more', () => {
  const { board, shown } = prepare();
  board.show(news);
  shown[0]?.emit('failed', {}, 'later');
  expect(board.hasFailed).toBe(true);
  board.show(news);
  expect(board.hasFailed).toBe(false);
});

test('where a desktop reads markup, nobody’s words are any', () => {
  const said = { ...news, body: 'The server said: <a href="https://evil.test/">sign in</a> & go on' };
  for (const readsMarkup of [true, false]) {
    const { board, shown } = prepare({ readsMarkup });
    board.show(said);
    expect(shown[0]?.body).toBe(
      readsMarkup ? 'The server said: ‹a href="https://evil.test/"›sign in‹/a› & go on' : said.body,
    );
  }
});

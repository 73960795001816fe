import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FromCore, ToCore } from '../../main/desktop/core-messages.ts';
import { type CoreChild, startProxyProcess } from '../../main/proxy-process.ts';
import type { CoreMessage } from '../../proxy/contract/index.ts';
import { createStateStore } from '../../proxy/state/store.ts';
import { relayRow } from './desktop/support.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Child extends CoreChild {
  heard: ToCore[];
  say(message: FromCore): void;
  exit(): void;
  exhaust(): void;
  killed: boolean;
}

function newChild(): Child {
  let hear: (message: FromCore) => void = () => undefined;
  let ended: (code: number) => void = () => undefined;
  let faulty = () => {};
  const child: Child = {
    heard: [],
    killed: false,
    postMessage: (message) => void child.heard.push(structuredClone(message)),
    onMessage(listener) {
      hear = listener;
    },
    onExit(listener) {
      ended = listener;
    },
    onFault(listener) {
      faulty = listener;
    },
    pid: () => (child.killed ? undefined : 4711),
    exhaust: () => faulty(),
    kill() {
      child.killed = true;
      ended(1);
    },
    say: (message) => hear(message),
    exit: () => ended(1),
  };
  return child;
}

const state = createStateStore({ version: '1', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
state.set('relays', 'a', relayRow('a'));
const snapshot = () => ({ kind: 'message', message: { kind: 'snapshot', snapshot: state.snapshot() } }) as const;

function prepare() {
  const children: Child[] = [];
  const core = startProxyProcess({
    fork() {
      const child = newChild();
      children.push(child);
      return child;
    },
    dataDirectory: '/data',
    version: '1.0.0',
    restartAfter: [100, 1000],
    stopWithin: 5000,
  });
  const heard: CoreMessage[] = [];
  core.subscribe((message) => heard.push(message));
  const child = (): Child => {
    const last = children.at(-1);
    if (!last) throw new Error('nothing was started');
    return last;
  };
  return { core, children, child, heard };
}

test('starts the core with what it needs, and is live with its first snapshot', () => {
  const { core, child, heard } = prepare();
  expect(child().heard).toEqual([{ kind: 'start', dataDirectory: '/data', version: '1.0.0' }]);
  expect(heard).toMatchObject([{ kind: 'core', status: 'restarting' }]);
  child().say(snapshot());
  expect(core.status).toEqual({ kind: 'core', status: 'live' });
  expect(core.rows('relays').map(({ name }) => name)).toEqual(['a']);
});

test('who comes later gets the present state, and what follows', () => {
  const { core, child } = prepare();
  child().say(snapshot());
  const late: CoreMessage[] = [];
  const unsubscribe = core.subscribe((message) => late.push(message));
  expect(late).toEqual([{ kind: 'snapshot', snapshot: state.snapshot() }]);
  const changes = [{ revision: state.snapshot().revision + 1, table: 'relays', key: 'b', row: relayRow('b') }] as const;
  child().say({ kind: 'message', message: { kind: 'changes', changes: [...changes] } });
  expect(late.at(-1)).toEqual({ kind: 'changes', changes });
  unsubscribe();
  child().say(snapshot());
  expect(late).toHaveLength(2);
});

test('where a change is missing, the whole state is asked for, and nobody is told the rest as new', () => {
  const { child, heard } = prepare();
  child().say(snapshot());
  const { revision } = state.snapshot();
  const changes = [{ revision: revision + 2, table: 'relays', key: 'b', row: relayRow('b') }] as const;
  child().say({ kind: 'message', message: { kind: 'changes', changes: [...changes] } });
  expect(child().heard.at(-1)).toEqual({ kind: 'snapshot' });
  expect(heard.at(-1)).toMatchObject({ kind: 'snapshot' });
});

describe('a core that hangs', () => {
  test('is asked after 45 seconds, told of when it does not answer, and live again when it does', async () => {
    const { core, children, child, heard } = prepare();
    child().say(snapshot());
    const asked = core.command('pause', {});
    const count = () => child().heard.filter(({ kind }) => kind === 'snapshot').length;
    vi.advanceTimersByTime(44_999);
    expect(count()).toBe(0);
    vi.advanceTimersByTime(1);
    expect([count(), core.status.status]).toEqual([1, 'live']);
    vi.advanceTimersByTime(30_000);
    expect(heard.at(-1)).toEqual(core.status);
    expect(core.status).toMatchObject({ status: 'silent', reason: expect.stringContaining('does not answer') });
    expect(await asked).toMatchObject({ ok: false, failure: { message: core.status.reason } });
    expect(await core.command('pause', {})).toMatchObject({ ok: false, failure: { message: core.status.reason } });

    child().say({ kind: 'alive' });
    expect([count(), core.status.status]).toEqual([2, 'silent']);
    child().say(snapshot());
    expect(core.status).toEqual({ kind: 'core', status: 'live' });
    expect(heard.at(-1)).toMatchObject({ kind: 'snapshot' });
    expect(children).toHaveLength(1);
  });

  test('honest: one that says it is alive, or that answers after a sleep of this computer, is not', () => {
    const { core, child } = prepare();
    child().say(snapshot());
    for (let count = 0; count < 20; count += 1) {
      vi.advanceTimersByTime(15_000);
      child().say({ kind: 'alive' });
    }
    expect(child().heard).toHaveLength(1);
    vi.advanceTimersByTime(74_999);
    child().say(snapshot());
    vi.advanceTimersByTime(44_000);
    expect(core.status.status).toBe('live');
  });

  test('and ends is started again, as any other', () => {
    const { children, child, heard } = prepare();
    child().say(snapshot());
    vi.advanceTimersByTime(75_000);
    child().exit();
    expect(heard.at(-1)).toMatchObject({ status: 'restarting' });
    vi.advanceTimersByTime(100);
    expect(children).toHaveLength(2);
  });
});

describe('a core that ends by itself', () => {
  test('is told at once, started again, and told again when it is back', () => {
    const { core, children, child, heard } = prepare();
    const restarted = vi.fn();
    core.onRestarted(restarted);
    child().say(snapshot());
    child().exit();
    expect(heard.at(-1)).toMatchObject({ kind: 'core', status: 'restarting' });
    const late: CoreMessage[] = [];
    core.subscribe((message) => late.push(message));
    expect(late.map(({ kind }) => kind)).toEqual(['snapshot', 'core']);
    expect(children).toHaveLength(1);
    vi.advanceTimersByTime(100);
    expect(children).toHaveLength(2);
    expect(restarted).not.toHaveBeenCalled();
    child().say(snapshot());
    expect(restarted).toHaveBeenCalledOnce();
    expect(core.status.status).toBe('live');
  });

  test('again and again is started more slowly; after a good minute as at first', () => {
    const { children, child } = prepare();
    child().say(snapshot());
    child().exit();
    vi.advanceTimersByTime(100);
    child().say(snapshot());
    child().exit();
    vi.advanceTimersByTime(999);
    expect(children).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(children).toHaveLength(3);
    child().say(snapshot());
    vi.advanceTimersByTime(60_001);
    child().exit();
    vi.advanceTimersByTime(100);
    expect(children).toHaveLength(4);
  });

  test('leaves no command without an answer, and takes none while it is away', async () => {
    const { core, child } = prepare();
    child().say(snapshot());
    const open = core.command('pause', {});
    child().exit();
    expect(await open).toMatchObject({ ok: false, failure: { code: 'failed' } });
    expect(await core.command('pause', {})).toMatchObject({ ok: false });
  });

  test('is not heard any more: a late word of the old one changes nothing', () => {
    const { core, children, child } = prepare();
    const old = child();
    old.say(snapshot());
    old.exit();
    old.say(snapshot());
    expect(core.status.status).toBe('restarting');
    vi.advanceTimersByTime(100);
    old.exit();
    vi.advanceTimersByTime(100_000);
    expect(children).toHaveLength(2);
  });
});

test('a core that cannot start says why, and is tried again; that is no restart', () => {
  const { core, children, child, heard } = prepare();
  const restarted = vi.fn();
  core.onRestarted(restarted);
  child().say({ kind: 'failed', message: 'config.json cannot be used' });
  expect(child().killed).toBe(true);
  expect(heard.at(-1)).toEqual({ kind: 'core', status: 'gone', reason: 'config.json cannot be used' });
  vi.advanceTimersByTime(999);
  expect(children).toHaveLength(1);
  vi.advanceTimersByTime(1);
  child().say(snapshot());
  expect(core.status.status).toBe('live');
  expect(restarted).not.toHaveBeenCalled();
});

test('a core that ends again and again before it is up is tried for ever, and after a while that is said', () => {
  const { core, children, child } = prepare();
  for (let ends = 1; ends <= 6; ends += 1) {
    child().exit();
    expect(core.status.status).toBe(ends < 4 ? 'restarting' : 'gone');
    vi.advanceTimersByTime(1000);
    expect(children).toHaveLength(ends + 1);
  }
  expect(core.status.reason).toContain('each time it is started');
  child().say(snapshot());
  expect(core.status.status).toBe('live');
  child().exit();
  expect(core.status.status).toBe('restarting');
});

test('commands and the steps of a check find their way back', async () => {
  const { core, child } = prepare();
  child().say(snapshot());
  const steps: unknown[] = [];
  const check = core.command('check', {}, (step) => steps.push(step));
  const pause = core.command('pause', {});
  const [, first, second] = child().heard;
  expect([first, second]).toMatchObject([{ name: 'check' }, { name: 'pause' }]);
  const id = first?.kind === 'command' ? first.id : 0;
  child().say({ kind: 'progress', id, step: { relay: 'a' } as never });
  child().say({ kind: 'result', id: id + 1, result: { ok: true, value: null } });
  child().say({ kind: 'result', id, result: { ok: true, value: { outcome: 'ok' } as never } });
  expect(await pause).toEqual({ ok: true, value: null });
  expect(await check).toMatchObject({ ok: true, value: { outcome: 'ok' } });
  expect(steps).toEqual([{ relay: 'a' }]);
});

describe('stopping', () => {
  test('lets the core finish, and does not start it again', async () => {
    const { core, children, child } = prepare();
    core.onStopped(() => expect.unreachable());
    child().say(snapshot());
    const stopped = core.stop();
    expect(child().heard.at(-1)).toEqual({ kind: 'stop' });
    expect(child().killed).toBe(false);
    child().say({ kind: 'stopped' });
    await stopped;
    vi.advanceTimersByTime(100_000);
    expect(children).toHaveLength(1);
    expect(core.status.status).toBe('gone');
  });

  test('kills a core that does not end', async () => {
    const { core, child } = prepare();
    child().say(snapshot());
    const stopped = core.stop();
    vi.advanceTimersByTime(4999);
    expect(child().killed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(child().killed).toBe(true);
    await stopped;
  });

  test('by a command is no crash: it is told, and the core is not started again', () => {
    const { core, children, child } = prepare();
    const stopped = vi.fn();
    core.onStopped(stopped);
    child().say(snapshot());
    child().say({ kind: 'stopped' });
    vi.advanceTimersByTime(100_000);
    expect(children).toHaveLength(1);
    expect(stopped).toHaveBeenCalledOnce();
    expect(core.status.status).toBe('gone');
  });

  test('while none runs, none is started', async () => {
    const { core, children, child } = prepare();
    child().exit();
    await core.stop();
    vi.advanceTimersByTime(100_000);
    expect(children).toHaveLength(1);
  });
});

test('a core that runs out of memory is started again, and that is the reason', () => {
  const { children, core } = prepare();
  children[0]?.say(snapshot());
  const heard: CoreMessage[] = [];
  core.subscribe((message) => heard.push(message));
  children[0]?.exhaust();
  children[0]?.exit();
  expect(heard.at(-1)).toMatchObject({ kind: 'core', status: 'restarting', reason: expect.stringContaining('memory') });
  vi.advanceTimersByTime(10_000);
  expect(children).toHaveLength(2);
});

test('at the end of a session the core leaves by itself and at once, and is not started again', () => {
  const { children, core } = prepare();
  expect(core.leave()).toBe(4711);
  expect(children[0]?.heard.at(-1)).toEqual({ kind: 'stop', milliseconds: 0, leave: true });
  children[0]?.exit();
  vi.advanceTimersByTime(60_000);
  expect(children).toHaveLength(1);
});

test('what goes wrong in the shell goes to the core’s log', () => {
  const { children, core } = prepare();
  core.fault(new Error('broken'));
  expect(children[0]?.heard.at(-1)).toMatchObject({
    kind: 'fault',
    message: expect.stringMatching(/^The desktop shell: Error: broken\n/),
  });
});

test('what goes wrong in the shell while there is no core goes to the log of the next one, within bounds', () => {
  const { children, core, child } = prepare();
  child().exit();
  for (let times = 0; times < 100; times += 1) core.fault(new Error(`broken ${times}`));
  vi.advanceTimersByTime(100);
  const [start, ...faults] = children[1]?.heard ?? [];
  expect(start).toMatchObject({ kind: 'start' });
  expect(faults).toHaveLength(20);
  expect(faults[0]).toMatchObject({ kind: 'fault', message: expect.stringContaining('broken 0') });
});

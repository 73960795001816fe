import type { Page } from 'playwright-core';
import type { CommandName, CoreMessage, PosternBridge, ShellState, Snapshot } from '../../../proxy/contract/index.ts';
import type { FakeCore } from './fake-core.ts';

const shellState: ShellState = {
  version: '0.1.0',
  dataFolder: '/home/ada/.config/postern',
  startAtLogin: true,
  notifications: false,
  updates: { kind: 'ready', version: '0.2.0' },
};

/** Runs in the page before its own scripts, as a preload does; its commands take the way that a browser's take. */
function inject({ snapshot, shell }: { snapshot: Snapshot; shell: ShellState }): void {
  const postern: PosternBridge = {
    subscribe(listener: (message: CoreMessage) => void) {
      listener({ kind: 'snapshot', snapshot });
      return () => undefined;
    },
    async command(name: CommandName, input: unknown) {
      const response = await fetch(`/api/command/${name}`, { method: 'POST', body: JSON.stringify(input) });
      const lines = (await response.text()).trim().split('\n');
      return JSON.parse(lines.at(-1) ?? '').result;
    },
    shell: {
      read: async () => shell,
      change: async () => shell,
      openDataFolder: async () => undefined,
      licences: async () => 'MIT License\n\n'.concat('Permission is hereby granted, free of charge, '.repeat(40)),
      onShow: () => () => undefined,
    },
  };
  Object.assign(window, { postern });
}

/** Turns a window in the browser into one of the desktop app. */
export async function putDesktop(page: Page, core: FakeCore): Promise<void> {
  await page.addInitScript(inject, { snapshot: core.store.snapshot(), shell: shellState });
  await page.reload();
}

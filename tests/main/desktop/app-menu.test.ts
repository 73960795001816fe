import { expect, test, vi } from 'vitest';
import { appMenu } from '../../../main/desktop/app-menu.ts';

type Item = { label?: string; role?: string; click?: () => void; submenu?: Item[] };
const all = (items: Item[]): Item[] => items.flatMap((item) => [item, ...all(item.submenu ?? [])]);

test.each(['linux', 'win32', 'darwin'] as const)(
  '%s: quit, another window, cut and paste; no reload, no tools',
  (system) => {
    const [newWindow, quit] = [vi.fn(), vi.fn()];
    const items = all(appMenu(system, { newWindow, quit }) as Item[]);
    items.find(({ label }) => label === 'Quit Postern')?.click?.();
    items.find(({ label }) => label === 'New window')?.click?.();
    expect(quit).toHaveBeenCalledOnce();
    expect(newWindow).toHaveBeenCalledOnce();
    const roles = items.map(({ role }) => role);
    for (const role of ['cut', 'copy', 'paste', 'selectAll', 'close']) expect(roles).toContain(role);
    for (const role of ['reload', 'forceReload', 'toggleDevTools', 'quit']) expect(roles).not.toContain(role);
  },
);

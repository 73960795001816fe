import type { Browser } from 'playwright-core';
import { selfSigned } from '../../support/pki.ts';
import { RawClient } from '../../support/raw-client.ts';
import { configured, portOf, relayOn, upstream } from './scenarios.ts';
import type { Screen } from './screen.ts';
import { type RunningShell, type StartOptions, standIn } from './shells.ts';

const identity = selfSigned({ names: ['mail.example.test'] });

/** The app on the stand-in, with one relay to a server whose certificate is self-signed. */
export async function startWithRelay(browser: Browser, options: StartOptions = {}) {
  const server = await upstream({ protocol: 'imap', tls: 'implicit', identity });
  const configuration = configured(['Work', await relayOn(server, 'imap')]);
  const running = await standIn.start(browser, { configuration, ...options });
  return { ...running, screen: running.screen as Screen, server };
}

/** The tray menu's labels, line by line. */
export const labels = (screen: Screen): string[] =>
  (screen.tray?.menu ?? []).filter((entry) => !entry.separator).map(({ label }) => label);

const standings = {
  well: 'All is well',
  question: '1 question waits for you',
  refused: 'A connection was refused',
  paused: 'Paused',
};

/** Whether the tray shows this state; the app sets the menu last. */
export const standing = (icon: keyof typeof standings) => (screen: Screen) =>
  screen.tray?.icon.replace('Template', '') === icon && labels(screen)[0] === standings[icon];

/** A mail program that connects, which makes the server show its certificate. */
export async function connect(running: RunningShell): Promise<RawClient> {
  return RawClient.connect(await portOf(running, 'imap'));
}

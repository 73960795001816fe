import { dirname } from 'node:path';
import type { Change } from '../../proxy/contract/index.ts';
import type { Headless } from '../headless.ts';
import { createNotifications } from '../notifications.ts';
import { openToldDevices } from '../told-devices.ts';
import { runProgram } from './command.ts';
import { type Channel, createDelivery } from './delivery.ts';
import { messageOf } from './message.ts';
import { postMessage } from './webhook.ts';

/** Tells a person what waits for them, where there is no window to show it. */
export interface Notifier {
  stopping(): void;
  /** Resolves when its memory is on disk. */
  close(): Promise<void>;
}

/**
 * Follows a running core, and tells of the occasions of a desktop's notifications that wait for somebody, by the ways
 * that the configuration names at that moment. Occasions that exist already are told, too: a person who has set this up
 * wants to know.
 *
 * @param dataDirectory where it records what it has told
 * @param complain writes a line to the error output
 */
export async function notifyPeople(
  running: Headless,
  dataDirectory: string,
  complain: (line: string) => void,
): Promise<Notifier> {
  const { state, api, fetch } = running;
  const told = await openToldDevices(dataDirectory, ({ message }) => complain(message));
  const delivery = createDelivery({ channels, complain });
  const notifications = createNotifications((notice) => {
    const message = messageOf(notice, new Date());
    return message !== null && delivery.send(message);
  }, told);

  async function channels(): Promise<Channel[]> {
    const read = await api.command('configuration', {});
    const { command, webhook } = (read.ok && read.value.notify) || {};
    const directory = dirname(running.configurationFile);
    return [
      ...(command
        ? [{ name: 'command', send: (...sent: Sent) => runProgram(command, ...sent) } satisfies Channel]
        : []),
      ...(webhook
        ? [
            {
              name: 'webhook',
              send: (message, signal) => postMessage(webhook, directory, message, fetch, signal),
            } satisfies Channel,
          ]
        : []),
    ];
  }

  const unsubscribe = state.subscribe((change) => notifications.hear([change]));
  // The relays listen already, and devices may have knocked.
  for (const table of ['questions', 'accounts', 'relays'] as const) {
    for (const [key, row] of Object.entries(state.snapshot().tables[table])) {
      notifications.hear([{ revision: 0, table, key, row } as Change]);
    }
  }
  return {
    stopping() {
      unsubscribe();
      delivery.end();
    },
    close: told.settled,
  };
}

type Sent = Parameters<Channel['send']>;

import { setTimeout as wait } from 'node:timers/promises';
import { errorMessage } from '../../proxy/contract/index.ts';
import { type Message, moreMessage } from './message.ts';

/** A way that messages take. Rejects with an `Error` in words that complete its name. */
export interface Channel {
  name: string;
  send(message: Message, signal: AbortSignal): Promise<void>;
}

/** Delivers messages in the background: nothing waits for them. */
export interface Delivery {
  /** Resolves to whether this message has reached somebody, by any channel. Never rejects. */
  send(message: Message): Promise<boolean>;
  /** Aborts deliveries under way; nothing is sent any more. */
  end(): void;
}

export interface DeliveryOptions {
  /** The channels of the moment: the configuration may change. */
  channels(): Promise<readonly Channel[]>;
  /** Called when a channel failed to deliver a message. */
  complain(line: string): void;
  now?: () => number;
  /** Before the second attempt, the third and so on, in milliseconds. */
  pauses?: readonly number[];
}

/** Maximum messages per hour, whatever happens on the network: people who are flooded with messages mute them. */
const maxInAnHour = 20;
const hour = 3_600_000;

/** One message after the other, each tried a few times by each channel. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { channels, complain, now = Date.now, pauses = [10_000, 60_000] } = options;
  const ended = new AbortController();
  let sentAt: number[] = [];
  let turn = Promise.resolve();

  async function deliver(message: Message): Promise<boolean> {
    let reached = false;
    for (const channel of await channels()) {
      for (let attempt = 0; !ended.signal.aborted; attempt += 1) {
        const problem = await channel.send(message, ended.signal).then(() => null, errorMessage);
        reached ||= problem === null;
        if (problem === null) break;
        const pause = pauses[attempt];
        if (pause === undefined || ended.signal.aborted) {
          if (!ended.signal.aborted) complain(`Nobody was told “${message.title}”: the ${channel.name} ${problem}.`);
          break;
        }
        await wait(pause, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
      }
    }
    return reached;
  }

  return {
    send(message) {
      const time = now();
      sentAt = sentAt.filter((at) => time - at < hour);
      if (ended.signal.aborted || sentAt.length >= maxInAnHour) return Promise.resolve(false);
      sentAt.push(time);
      const told = sentAt.length === maxInAnHour ? moreMessage(new Date(time)) : message;
      const reached = turn
        .then(() => deliver(told))
        .catch((error: unknown) => {
          complain(`Nobody was told “${told.title}”: ${String(error)}`);
          return false;
        });
      turn = reached.then(() => undefined);
      return reached.then((it) => it && told === message);
    },
    end: () => ended.abort(),
  };
}

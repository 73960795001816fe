import type { PosternEvent } from '../../proxy/contract/index.ts';

type EventName = PosternEvent['event'];
type EventOf<N extends EventName> = Extract<PosternEvent, { event: N }>;

/** The events of a core so far, with a way to wait for later ones. */
export interface EventRecord {
  /** Oldest first. */
  events: PosternEvent[];
  add(event: PosternEvent): void;
  /** The first event with this name, starting at number `from`, for which `matches` holds; waits for it. */
  event<N extends EventName>(name: N, matches?: (event: EventOf<N>) => boolean, from?: number): Promise<EventOf<N>>;
  /** The port that a relay listens on now. */
  port(relay: string): number;
}

export function createEventRecord(): EventRecord {
  const events: PosternEvent[] = [];
  const waiting = new Set<() => void>();
  return {
    events,
    add(event) {
      events.push(event);
      for (const wake of [...waiting]) wake();
    },
    async event(name, matches = () => true, from = 0) {
      for (let at = from; ; at += 1) {
        while (at >= events.length) {
          await new Promise<void>((resolve) => {
            const wake = () => {
              waiting.delete(wake);
              resolve();
            };
            waiting.add(wake);
          });
        }
        const event = events[at] as EventOf<typeof name>;
        if (event.event === name && matches(event)) return event;
      }
    },
    port(relay) {
      const found = events.findLast((event) => event.event === 'listening' && event.relay === relay);
      if (found?.event !== 'listening') throw new Error(`${relay} does not listen`);
      return found.port;
    },
  };
}

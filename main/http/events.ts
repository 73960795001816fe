import type { ServerResponse } from 'node:http';
import type { PosternApi } from '../../proxy/contract/index.ts';

/** Interval of keep-alive comments (milliseconds). */
const heartbeatEvery = 15_000;
/** A reader that reads nothing for this long is disconnected (milliseconds); it reconnects and gets a snapshot. */
const stalledFor = 30_000;

/**
 * Answers `GET /api/events` as Server-Sent Events: each message of the contract as one `data:` line of JSON, a snapshot
 * first. A reader that is too slow for the changes misses them and gets a new snapshot when it is ready again, so no
 * more than that is ever queued for it.
 */
export function streamEvents(response: ServerResponse, api: PosternApi): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
  let unsubscribe = () => {};
  let stalled: NodeJS.Timeout | null = null;
  let missed = false;

  const follow = () => {
    unsubscribe();
    missed = false;
    unsubscribe = api.subscribe((message) => {
      // A message that fills the connection says nothing about its reader: a large state does so each time. Another
      // snapshot is due only to a reader that has missed something.
      if (stalled) missed = true;
      else if (!response.write(`data: ${JSON.stringify(message)}\n\n`)) {
        stalled = setTimeout(() => response.destroy(), stalledFor).unref();
      }
    });
  };
  const heartbeat = setInterval(() => {
    if (!stalled) response.write(': alive\n\n');
  }, heartbeatEvery).unref();

  response.on('drain', () => {
    if (!stalled) return;
    clearTimeout(stalled);
    stalled = null;
    if (missed) follow();
  });
  response.on('close', () => {
    clearInterval(heartbeat);
    if (stalled) clearTimeout(stalled);
    unsubscribe();
  });
  follow();
}

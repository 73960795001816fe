import type { Socket } from 'node:net';
import { type ListenAddress, type ListenerRow, listenPlaces, type RelayConfiguration } from '../contract/index.ts';
import type { HandedSocket, HandedSockets } from '../net/handed-sockets.ts';
import { type Listener, type ListenerEvents, listen } from '../net/listener.ts';
import type { StateStore } from '../state/store.ts';
import { explainListenerFailure, listenerFailure } from './failed-listener.ts';
import type { EmitEvent } from './report.ts';

/** The listeners of one relay, and what the state says of them. */
export interface RelayListeners {
  /** As they are now. */
  rows(): ListenerRow[];
  /**
   * Opens them, once the relay has its row in the state.
   *
   * @param connection receives what each of them accepts
   * @returns a promise that resolves when each has either opened or failed for the first time
   */
  open(connection: (client: Socket) => void): Promise<void>;
  /** Stops listening. Resolves when nothing is accepted any more. */
  close(): Promise<void>;
  /** Shows them as stopped. */
  stopped(): void;
}

export interface ListenersContext {
  state: StateStore;
  emit: EmitEvent;
  /** Listening sockets that the system opened for relays; where there are some for this one, they take the place of its own. */
  handed?: HandedSockets | undefined;
}

export function prepareListeners(relay: RelayConfiguration, { state, emit, handed }: ListenersContext): RelayListeners {
  const configured = listenPlaces(relay);
  const sockets = handed?.of(relay.name) ?? [];
  const places =
    sockets.length === 0 ? configured : sockets.map(({ place }) => place ?? { address: 'no TCP', port: 0 });
  const rows: ListenerRow[] = places.map((place) => ({ ...place, status: { kind: 'starting' } }));
  const opened: Listener[] = [];

  const copies = () => rows.map((row) => ({ ...row }));
  const show = () => state.patch('relays', relay.name, { listeners: copies() });

  function listening(row: ListenerRow, port: number): void {
    row.port = port;
    row.status = { kind: 'listening' };
    show();
    emit({ event: 'listening', relay: relay.name, address: row.address, port });
  }

  const failed = async (row: ListenerRow, ...[reason, error]: Parameters<ListenerEvents['failed']>): Promise<void> => {
    // Until the holder of the port is known; nothing is listening meanwhile.
    row.status = listenerFailure(row, relay.protocol, reason, error);
    const status = await explainListenerFailure(row, relay.protocol, state, reason, error);
    // It may listen by now, or be stopped.
    if (row.status.kind !== 'failed') return;
    row.status = status;
    show();
    const { diagnosis, kind: _, ...told } = status;
    const { address, port } = row;
    const { code, facts } = diagnosis;
    emit({ event: 'relay-failed', relay: relay.name, address, port, ...told, code, facts });
  };

  function open(row: ListenerRow, socket: HandedSocket | undefined, events: ListenerEvents): Listener {
    if (!socket) return listen(row, events);
    // The systemd unit must not allow more than the configuration does.
    if (configured.some((place) => isWithin(row, place))) return socket.attach(events);
    events.failed('listen-failed', 'the socket that was handed over is not at the address in "listen"');
    return { close: async () => undefined };
  }

  return {
    rows: copies,
    async open(connection) {
      const settled = rows.map(
        (row, index) =>
          new Promise<void>((settle) => {
            const events: ListenerEvents = {
              connection,
              listening(port) {
                listening(row, port);
                settle();
              },
              failed: (reason, error) => void failed(row, reason, error).then(settle),
            };
            opened.push(open(row, sockets[index], events));
          }),
      );
      await Promise.all(settled);
    },
    async close() {
      await Promise.all(opened.map((listener) => listener.close()));
    },
    stopped() {
      for (const row of rows) row.status = { kind: 'stopped' };
      show();
    },
  };
}

/** Whether a socket listens where the configuration says; port 0 there leaves the port open. */
function isWithin(place: ListenAddress, { address, port }: ListenAddress): boolean {
  return address === place.address && (port === place.port || port === 0);
}

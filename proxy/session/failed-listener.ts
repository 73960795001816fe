import {
  diagnose,
  type ListenerRow,
  type PortHolder,
  type Protocol,
  type RelayFailureReason,
  refusalText,
} from '../contract/index.ts';
import { codeOfRelayFailure } from '../diagnosis/of-reasons.ts';
import { nextFreePort } from '../net/free-ports.ts';
import { portHolder } from '../net/port-holder.ts';
import type { StateStore } from '../state/store.ts';

/** What is known about a listener that failed: who holds its port, and which port is free instead. */
export async function explainListenerFailure(
  row: ListenerRow,
  protocol: Protocol,
  state: StateStore,
  reason: RelayFailureReason,
  error: string,
) {
  const { address, port } = row;
  const inUse = reason === 'address-in-use';
  const taken = new Set(state.all('relays').flatMap(({ listeners }) => listeners.map((listener) => listener.port)));
  const [holder, freePort] = await Promise.all([
    inUse ? portHolder(port) : null,
    inUse ? nextFreePort(address, port, taken) : undefined,
  ]);
  return {
    ...listenerFailure(row, protocol, reason, error, holder, freePort),
    ...(holder ? { holder } : {}),
    ...(freePort === undefined ? {} : { freePort }),
  };
}

/** A listener that is not listening, in the catalogue's words. */
export function listenerFailure(
  { address, port }: ListenerRow,
  protocol: Protocol,
  reason: RelayFailureReason,
  error: string,
  holder: PortHolder | null = null,
  freePort?: number,
) {
  const facts = {
    address,
    listenPort: port,
    ...(reason === 'listen-failed' && error !== '' ? { error } : {}),
    ...(holder ? { program: `${holder.program} (process ${holder.pid})` } : {}),
    ...(freePort === undefined ? {} : { freePort }),
  };
  const finding = { code: codeOfRelayFailure[reason], facts };
  return {
    kind: 'failed' as const,
    reason,
    message: refusalText(finding, { protocol }),
    diagnosis: diagnose(finding, { protocol }),
  };
}

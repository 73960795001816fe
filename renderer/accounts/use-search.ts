import { useCallback, useEffect, useRef, useState } from 'react';
import type { DiscoveryReport, DiscoveryStep } from '../../proxy/contract/index.ts';
import type { Reading } from '../found-draft.ts';
import { useCommand } from '../live.tsx';

/** The search for an address's servers: its steps as they happen, and its result. */
export interface ServerSearch {
  busy: boolean;
  failure: string | null;
  steps: readonly DiscoveryStep[];
  report: DiscoveryReport | null;
  /** @param reading the way of reading mail that has to be found; either will do if omitted */
  start(address: string, reading?: Reading): void;
  cancel(): void;
}

/** Runs searches; one that is under way ends with the component that started it. */
export function useSearch(): ServerSearch {
  const { run, busy } = useCommand('discover');
  const { run: runCancel } = useCommand('cancelDiscovery');
  const [steps, setSteps] = useState<readonly DiscoveryStep[]>([]);
  const [report, setReport] = useState<DiscoveryReport | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const current = useRef<string | null>(null);

  const cancel = useCallback(() => {
    if (current.current === null) return;
    void runCancel({ search: current.current });
    current.current = null;
  }, [runCancel]);
  useEffect(() => cancel, [cancel]);

  const start = async (address: string, reading?: Reading) => {
    const search = crypto.randomUUID().replaceAll('-', '');
    current.current = search;
    setSteps([]);
    setReport(null);
    setFailure(null);
    const done = await run({ address, search, ...(reading && { reading }) }, (step) => {
      if (current.current !== search) return;
      setSteps((before) => [...before.filter(({ key }) => key !== step.key), step]);
    });
    if (current.current !== search) return;
    current.current = null;
    if (done.ok) setReport(done.value);
    else setFailure(done.failure.message);
  };

  return { busy, failure, steps, report, start: (address, reading) => void start(address, reading), cancel };
}

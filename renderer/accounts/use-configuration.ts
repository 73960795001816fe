import { useEffect, useState } from 'react';
import type { Configuration } from '../../proxy/contract/index.ts';
import { useCommand, useIsLive } from '../live.tsx';

/** The current configuration, read when a page that needs it appears, and again when the core is back. */
export function useConfiguration(): {
  configuration: Configuration | null;
  failure: string | null;
  take: (configuration: Configuration) => void;
} {
  const [configuration, setConfiguration] = useState<Configuration | null>(null);
  const { run, failure } = useCommand('configuration');
  const live = useIsLive();
  useEffect(() => {
    if (!live) return;
    void run({}).then((now) => now.ok && setConfiguration(now.value));
  }, [run, live]);
  return { configuration, failure, take: setConfiguration };
}

import type { ReactNode } from 'react';
import { Icon, type IconName } from '../icons.tsx';
import { Foreign } from './foreign.tsx';

const icons = { bad: 'refused', warn: 'warning', good: 'check' } satisfies Record<string, IconName>;

/** Text that a person should not overlook, with a shape in front. */
export function Notice({ kind, children }: { kind: keyof typeof icons; children: ReactNode }) {
  return (
    <div className={`notice notice-${kind}`}>
      <Icon name={icons[kind]} />
      <div>{children}</div>
    </div>
  );
}

/** What went wrong with the last command, announced at once; nothing if nothing did. */
export function Failure({ text }: { text: string | null }) {
  return (
    <div role="alert">
      {text !== null && (
        <Notice kind="bad">
          <p>
            <Foreign text={text} max={600} />
          </p>
        </Notice>
      )}
    </div>
  );
}

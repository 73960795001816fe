import type { ReactNode } from 'react';
import type { TableName } from '../../proxy/contract/index.ts';
import { useRevision } from '../live.tsx';
import { words } from '../words.ts';
import { Boundary } from './boundary.tsx';
import { PlainButton } from './button.tsx';
import { Foreign } from './foreign.tsx';
import { Notice } from './notice.tsx';
import { Page } from './page.tsx';

const text = words.unreadable;

/**
 * One row or card among others, which stay where it cannot be shown.
 *
 * @param name what the person knows it by
 * @param about the row that it shows
 */
export function BoundedPart({ name, about, children }: { name: string; about: unknown; children: ReactNode }) {
  const fallback = () => (
    <div className="trouble trouble-refused">
      <p>
        <b>{text.part}</b> <Foreign text={name} max={100} />
      </p>
      <p className="hint">{text.partHint}</p>
    </div>
  );
  return (
    <Boundary about={about} fallback={fallback}>
      {children}
    </Boundary>
  );
}

/**
 * A page, which says so where it cannot be shown.
 *
 * @param about the place, and whether the window is up to date: a new snapshot may be readable
 */
export function BoundedPage({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  const fallback = (again: () => void) => (
    <Page title={title} actions={<PlainButton onPress={again}>{text.again}</PlainButton>}>
      <div role="alert">
        <Notice kind="bad">
          <p>
            <b>{text.page}</b>
          </p>
          <p>{text.pageHint}</p>
        </Notice>
      </div>
    </Page>
  );
  return (
    <Boundary about={about} fallback={fallback}>
      {children}
    </Boundary>
  );
}

interface BoundedSignProps {
  tables: readonly TableName[];
  fallback: ReactNode;
  children: ReactNode;
}

/** Something small beside the page, computed from whole tables: it is tried again after each change of them. */
export function BoundedSign({ tables, fallback, children }: BoundedSignProps) {
  return (
    <Boundary about={useRevision(tables)} fallback={() => fallback}>
      {children}
    </Boundary>
  );
}

import { type ReactNode, useEffect, useLayoutEffect, useRef } from 'react';
import { Icon } from '../icons.tsx';
import { hashOf, usePlace, type WindowLocation } from '../route.ts';

/** True once the person has navigated: when the window opens, the focus stays where the system puts it. */
let moved = false;
window.addEventListener('hashchange', () => {
  moved = true;
});

interface PageProps {
  title: ReactNode;
  lead?: ReactNode;
  /** The page above this one. */
  back?: { to: WindowLocation; word: string };
  actions?: ReactNode;
  children: ReactNode;
}

/**
 * A page with its heading. A page opens at its top, and navigating to it moves the focus to the heading, so that a screen
 * reader starts there.
 */
export function Page({ title, lead, back, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { page, item, action } = usePlace();
  // Before anything on the page scrolls itself into view.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place is what the effect is about
  useLayoutEffect(() => {
    if (moved) window.scrollTo({ top: 0, behavior: 'instant' });
  }, [page, item, action]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place is what the effect is about
  useEffect(() => {
    if (moved && !document.activeElement?.closest('main')) heading.current?.focus({ preventScroll: true });
  }, [page, item, action]);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          {back && (
            <a className="link back" href={hashOf(back.to)}>
              <Icon name="back" size={16} />
              {back.word}
            </a>
          )}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead && <p className="lead">{lead}</p>}
        </div>
        {actions && <div className="buttons">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

import { type ReactNode, useState } from 'react';
import { Icon } from '../icons.tsx';

interface FoldProps {
  /** What is always visible: text and marks, nothing to click. */
  summary: ReactNode;
  /** `line`: a row across the whole page; `details`: a link below something. */
  look: 'line' | 'details';
  children: ReactNode;
}

/** Details for those who want them. Nothing is rendered while folded. */
export function Fold({ summary, look, children }: FoldProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className={`fold fold-${look}`} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="chevron" size={14} />
        {summary}
      </summary>
      {open && <div className="fold-content">{children}</div>}
    </details>
  );
}

import type { ReactNode } from 'react';

/** Drawn on a grid of 24, in lines of the text's colour. Always beside its word, so hidden from screen readers. */
const shapes = {
  gate: (
    <>
      <path d="M4 21V10a8 8 0 0 1 16 0v11" />
      <path d="M8.5 21v-9.5a3.5 3.5 0 0 1 7 0V21" />
      <path d="M2.5 21h19" />
    </>
  ),
  overview: (
    <>
      <circle cx="5" cy="12" r="2.5" />
      <circle cx="19" cy="12" r="2.5" />
      <path d="M7.5 12h9" />
      <path d="m13.5 9 3 3-3 3" />
    </>
  ),
  certificates: (
    <>
      <circle cx="12" cy="9.5" r="5.5" />
      <path d="m8.7 14-1.2 7 4.5-2.4L16.5 21l-1.2-7" />
      <path d="m9.8 9.6 1.6 1.6 2.9-3" />
    </>
  ),
  activity: <path d="M3 12h4l3-7 4 14 3-7h4" />,
  accounts: (
    <>
      <rect x="3" y="5" width="18" height="14" rx="2.5" />
      <path d="m4 7.5 8 6 8-6" />
    </>
  ),
  settings: (
    <>
      <path d="M4 7h9M19 7h1M4 17h1M11 17h9" />
      <circle cx="16" cy="7" r="2.5" />
      <circle cx="8" cy="17" r="2.5" />
    </>
  ),
  program: (
    <>
      <rect x="3" y="4.5" width="18" height="12" rx="2" />
      <path d="m7 8.5 5 3.5 5-3.500M9 20h6M12 16.500V20" />
    </>
  ),
  server: (
    <>
      <rect x="4" y="4" width="16" height="7" rx="2" />
      <rect x="4" y="13" width="16" height="7" rx="2" />
      <path d="M8 7.500h.01M8 16.500h.01" />
    </>
  ),
  lock: (
    <>
      <rect x="5" y="11" width="14" height="9" rx="2" />
      <path d="M8 11V8a4 4 0 0 1 8 0v3" />
    </>
  ),
  unlocked: (
    <>
      <rect x="5" y="11" width="14" height="9" rx="2" />
      <path d="M8 11V7a4 4 0 0 1 7.700-1.500" />
    </>
  ),
  verified: (
    <>
      <path d="M12 3 5 5.500V11c0 4.5 2.9 8 7 10 4.1-2 7-5.5 7-10V5.500Z" />
      <path d="m9 11.8 2.2 2.2 4-4.2" />
    </>
  ),
  person: (
    <>
      <circle cx="10" cy="8" r="3.5" />
      <path d="M3.5 20c.5-4 3-6 6.5-6 1.5 0 2.8.4 3.9 1.1" />
      <path d="m15 18.2 2 2 3.8-4" />
    </>
  ),
  check: <path d="m5 12.5 4.5 4.500L19 7.5" />,
  question: (
    <>
      <path d="M12 2.8 21.2 12 12 21.2 2.8 12Z" />
      <path d="M9.8 9.900a2.3 2.3 0 1 1 3.3 2c-.7.4-1.1.9-1.1 1.700M12 16.400h.01" />
    </>
  ),
  refused: (
    <>
      <path d="M8.3 3h7.400L21 8.300v7.400L15.7 21H8.300L3 15.700V8.300Z" />
      <path d="m9.2 9.2 5.6 5.600M14.8 9.200l-5.6 5.6" />
    </>
  ),
  paused: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M10 9v6M14 9v6" />
    </>
  ),
  ready: <circle cx="12" cy="12" r="8" />,
  warning: (
    <>
      <path d="M12 3.5 22 20H2Z" />
      <path d="M12 10v4.500M12 17.300h.01" />
    </>
  ),
  plus: <path d="M12 5v14M5 12h14" />,
  minus: <path d="M5 12h14" />,
  chevron: <path d="m9 6 6 6-6 6" />,
  back: <path d="m15 6-6 6 6 6" />,
  up: <path d="M12 20V5M6 11l6-6 6 6" />,
  play: <path d="M8 5.500v13l10.5-6.500Z" />,
  pause: <path d="M9 6v12M15 6v12" />,
  export: <path d="M12 4v11M7.5 10.5 12 15l4.5-4.500M5 20h14" />,
  search: (
    <>
      <circle cx="11" cy="11" r="6" />
      <path d="m15.5 15.5 4.5 4.5" />
    </>
  ),
  cross: <path d="m6 6 12 12M18 6 6 18" />,
  same: <path d="M6 9.500h12M6 14.500h12" />,
  different: <path d="M6 9.500h12M6 14.500h12M15.5 5l-7 14" />,
} satisfies Record<string, ReactNode>;
export type IconName = keyof typeof shapes;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg className={`icon icon-${name}`} viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      {shapes[name]}
    </svg>
  );
}

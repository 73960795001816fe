import { Icon, type IconName } from '../icons.tsx';
import { words } from '../words.ts';

/** The state of something. Each has a shape, a colour and a word of its own. */
export type Tone = 'well' | 'yours' | 'question' | 'refused' | 'paused' | 'quiet';

const toneIcons: Record<Tone, IconName> = {
  well: 'verified',
  yours: 'person',
  question: 'question',
  refused: 'refused',
  paused: 'paused',
  quiet: 'ready',
};

/** A state: its shape and its word. */
export function Mark({ tone, word }: { tone: Tone; word: string }) {
  return (
    <span className={`mark tone-${tone}`}>
      <Icon name={toneIcons[tone]} size={16} />
      <span>{word}</span>
    </span>
  );
}

/** Only the shape, large, beside a heading that says the word. */
export function BigMark({ tone }: { tone: Tone }) {
  return (
    <span className={`big-mark tone-${tone}`}>
      <Icon name={toneIcons[tone]} size={28} />
    </span>
  );
}

/** Whether a certificate was verified by the rules or trusted by the person. Neither is ever worded as the other. */
export function TrustMark({ trust }: { trust: 'verified' | 'trusted-by-you' }) {
  return <Mark tone={trust === 'verified' ? 'well' : 'yours'} word={words.common.trust[trust]} />;
}

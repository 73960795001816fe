import type { ReactNode } from 'react';

/** A fact and its name. */
export type Fact = [name: string, value: ReactNode];

interface FactsProps {
  facts: readonly Fact[];
  /** `numbers` are set side by side. */
  look?: 'facts' | 'numbers';
}

/** Facts as a list of names and values. */
export function Facts({ facts, look = 'facts' }: FactsProps) {
  return (
    <dl className={look}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A named value to be typed or compared elsewhere; a hint may follow below. */
export type PickableValue = [name: string, value: ReactNode, hint?: string];

/** Values that a person can select as a whole, to copy them. */
export function PickableValues({ values }: { values: readonly PickableValue[] }) {
  return (
    <dl className="values">
      {values.map(([name, value, hint]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <span className="pickable">{value}</span>
            {hint && <span className="hint">{hint}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

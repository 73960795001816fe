import { useState } from 'react';
import type { FilledField, FilledStep } from '../../proxy/contract/index.ts';
import { copyText } from '../copy-text.ts';
import { PlainButton } from '../parts/button.tsx';
import { words } from '../words.ts';

const text = words.cards;

function Field({ field, copied, onCopy }: { field: FilledField; copied: boolean; onCopy: () => void }) {
  const { label, action, value, own, note } = field;
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {action === 'tick' ? (
          <span>
            <span className={`box box-${value}`} aria-hidden="true" />
            {text.tick[value === 'on' ? 'on' : 'off']}
          </span>
        ) : (
          <span>
            <span className="hint card-action">{action === 'choose' ? text.choice : text.type}</span>{' '}
            <span className={own ? 'card-own' : 'pickable'}>{value}</span>
          </span>
        )}
        {action === 'type' && !own && (
          <PlainButton kind="quiet" label={text.copyName(value, label)} onPress={onCopy}>
            {copied ? text.copied : text.copy}
          </PlainButton>
        )}
        {note && <span className="hint">{note}</span>}
      </dd>
    </div>
  );
}

/** The steps of a card, in order, each with its fields. */
export function CardSteps({ steps }: { steps: readonly FilledStep[] }) {
  const [copied, setCopied] = useState<{ place: string; said: string } | null>(null);
  const copy = (place: string, value: string) => {
    const done = copyText(value);
    setCopied({ place: done ? place : '', said: done ? text.copiedSaid(value) : text.notCopied });
  };
  return (
    <>
      <ol className="card-steps">
        {steps.map((step, at) => (
          <li key={step.where.join('\n')} className="card card-step">
            <h2>
              <span className="card-number">{at + 1}.</span> {step.where.join(' › ')}
            </h2>
            {step.note && <p className="hint">{step.note}</p>}
            <dl className="values">
              {step.fields.map((field, index) => {
                const place = `${at}.${index}`;
                return (
                  <Field
                    key={place}
                    field={field}
                    copied={copied?.place === place}
                    onCopy={() => copy(place, field.value)}
                  />
                );
              })}
            </dl>
          </li>
        ))}
      </ol>
      <div className={copied?.place === '' ? '' : 'unseen'} role="status">
        {copied?.said}
      </div>
    </>
  );
}

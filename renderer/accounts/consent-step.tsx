import { useState } from 'react';
import { type ConsentStep, webPage } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { copyText } from '../copy-text.ts';
import { useWindowContext } from '../live.tsx';
import { PlainButton } from '../parts/button.tsx';
import { type PickableValue, PickableValues } from '../parts/facts.tsx';
import { words } from '../words.ts';

const text = words.signIn.consent;

/** The provider's page: a link in a browser; in the tray app, whose window leads nowhere, the address to copy. */
function ProviderPage({ address }: { address: string }) {
  const { shell } = useWindowContext();
  const [said, setSaid] = useState('');
  const page = webPage(address);
  if (!shell && page !== null) {
    return (
      <a className="link" href={page} target="_blank" rel="noopener noreferrer">
        {text.toPage}
      </a>
    );
  }
  return (
    <div className="buttons">
      <PlainButton kind="quiet" onPress={() => setSaid(copyText(address) ? words.cards.copied : words.cards.notCopied)}>
        {text.copyAddress}
      </PlainButton>
      <span className="hint" role="status">
        {said}
      </span>
    </div>
  );
}

/** The page or code that the person needs now. */
export function ConsentStepView({ step }: { step: ConsentStep }) {
  const { shell } = useWindowContext();
  const values: PickableValue[] =
    step.event === 'device'
      ? [
          [text.address, inert(step.url, 2000)],
          [text.code, inert(step.code, 100)],
        ]
      : [[text.address, inert(step.url, 2000)]];
  return (
    <>
      <p>{step.event === 'device' ? text.codeText : text.inBrowser}</p>
      {(step.event === 'device' || shell !== undefined) && <PickableValues values={values} />}
      <ProviderPage address={step.url} />
    </>
  );
}

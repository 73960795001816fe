import { useState } from 'react';
import { type ConsentStep, type SignInNeeded, webPage } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { useCommand, useWindowContext } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { TextEntry } from '../parts/field.tsx';
import { Failure, Notice } from '../parts/notice.tsx';
import { words } from '../words.ts';
import { ConsentStepView } from './consent-step.tsx';

const text = words.signIn.consent;

/** A sign-in that was begun elsewhere, or before this page was left. */
function stepOf(needed: SignInNeeded | undefined): ConsentStep | null {
  if (needed?.device) return { event: 'device', ...needed.device };
  return needed?.url === undefined ? null : { event: 'open', url: needed.url };
}

interface ConsentProps {
  account: string;
  needed: SignInNeeded | undefined;
  /** Whether the account names a client id, which some providers give out together with a secret. */
  hasClientId: boolean;
}

/** Asks for the person's consent at the provider: in the browser, or by a code on another device. */
export function Consent({ account, needed, hasClientId }: ConsentProps) {
  const { shell } = useWindowContext();
  const { run, busy, failure } = useCommand('signIn');
  const cancel = useCommand('cancelSignIn');
  const [own, setOwn] = useState<ConsentStep | null>(null);
  const [user, setUser] = useState<string | null>(null);
  const [secret, setSecret] = useState('');
  const step = own ?? stepOf(needed);

  const begin = async (device: boolean) => {
    setUser(null);
    setSecret('');
    const input = { account, ...(device && { device }), ...(secret !== '' && { clientSecret: secret }) };
    const done = await run(input, (next) => {
      setOwn(next);
      const page = next.event === 'open' ? webPage(next.url) : null;
      // The tray app has the system's browser open it, since its windows cannot navigate.
      if (!shell && page !== null) window.open(page, '_blank', 'noopener,noreferrer');
    });
    setOwn(null);
    if (done.ok) setUser(done.value.user);
  };
  return (
    <>
      <div role="status">
        {busy || step ? (
          <div className="consent-step">
            <p>{step ? text.underWay : text.starting}</p>
            {step && <ConsentStepView step={step} />}
          </div>
        ) : (
          user !== null && (
            <Notice kind="good">
              <p>{text.done(inert(user, 200))}</p>
            </Notice>
          )
        )}
      </div>
      <Failure text={failure ?? cancel.failure} />
      {!busy && hasClientId && (
        <TextEntry
          label={text.secret}
          hint={text.secretHint}
          kind="password"
          value={secret}
          onChange={setSecret}
          autoComplete="off"
        />
      )}
      <div className="buttons">
        {busy || step ? (
          <ActionButton onPress={() => void cancel.run({ account })}>{text.cancel}</ActionButton>
        ) : (
          <>
            <ActionButton kind={needed ? 'main' : 'plain'} onPress={() => void begin(false)}>
              {needed ? text.start : text.again}
            </ActionButton>
            <ActionButton kind="quiet" onPress={() => void begin(true)}>
              {text.byCode}
            </ActionButton>
          </>
        )}
      </div>
    </>
  );
}

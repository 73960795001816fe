import { useState } from 'react';
import type { SignInByPostern } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { useCommand } from '../live.tsx';
import { PlainButton } from '../parts/button.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Notice } from '../parts/notice.tsx';
import { words } from '../words.ts';

const text = words.signIn.out;

interface SignOutProps {
  account: string;
  kind: SignInByPostern['kind'];
  /** Whether there is anything to give back. */
  isSignedIn: boolean;
}

/** Gives back, after asking, what Postern signs in with. */
export function SignOut({ account, kind, isSignedIn }: SignOutProps) {
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const signOut = useCommand('signOut');

  const run = async () => {
    const done = await signOut.run({ account });
    if (!done.ok) return;
    setAsking(false);
    setSaid(done.value.outcome === 'revoked' ? text.revoked : text.forgotten[kind]);
  };
  return (
    <>
      {isSignedIn && (
        <PlainButton kind="quiet" onPress={() => setAsking(true)}>
          {text.action}
        </PlainButton>
      )}
      <div role="status">
        {said !== null && !isSignedIn && (
          <Notice kind="good">
            <p>{said}</p>
          </Notice>
        )}
      </div>
      <Confirm
        open={asking}
        title={text.title(inert(account, 100))}
        text={text.text[kind]}
        action={text.action}
        busy={signOut.busy}
        failure={signOut.failure}
        onConfirm={() => void run()}
        onClose={() => setAsking(false)}
      />
    </>
  );
}

import { useEffect, useState } from 'react';
import type { Kind } from '../../proxy/contract/words/kinds.ts';
import { copyText } from '../copy-text.ts';
import { useCommand, useIsLive } from '../live.tsx';
import { ActionButton, PlainButton } from '../parts/button.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { PickableValues } from '../parts/facts.tsx';
import { Failure } from '../parts/notice.tsx';
import { words } from '../words.ts';

const text = words.signIn.local;

/**
 * The local password of an account, for a page that shows it at once.
 *
 * @param account null where there is none
 */
export function useLocalPassword(account: string | null): { password: string | null; failure: string | null } {
  const [password, setPassword] = useState<string | null>(null);
  const { run, failure } = useCommand('localPassword');
  const live = useIsLive();
  useEffect(() => {
    if (account === null || !live) return;
    let wanted = true;
    void run({ account }).then((read) => wanted && read.ok && setPassword(read.value.password));
    return () => {
      wanted = false;
    };
  }, [run, account, live]);
  return { password, failure };
}

/** The local password, with which the mail program signs in to Postern: shown on request, copied, replaced. */
export function LocalPassword({ account, kind }: { account: string; kind: Kind }) {
  const [password, setPassword] = useState<string | null>(null);
  const [replacing, setReplacing] = useState<'usual' | 'short' | null>(null);
  const [said, setSaid] = useState('');
  const read = useCommand('localPassword');
  const replace = useCommand('localPassword');

  const show = async () => {
    const done = await read.run({ account });
    if (done.ok) setPassword(done.value.password);
  };
  const renew = async (form: 'usual' | 'short') => {
    const done = await replace.run({ account, replace: true, form });
    if (!done.ok) return;
    setPassword(done.value.password);
    setSaid('');
    setReplacing(null);
  };
  return (
    <section className="card local-password" aria-labelledby="local-password-heading">
      <h2 id="local-password-heading">{text.heading}</h2>
      <p className="lead">{text.lead(kind)}</p>
      {password !== null && (
        <PickableValues
          values={[
            [text.user, text.anyUser],
            [text.password, password],
          ]}
        />
      )}
      <div className="buttons">
        {password === null ? (
          <ActionButton disabled={read.busy} onPress={() => void show()}>
            {text.show}
          </ActionButton>
        ) : (
          <>
            <PlainButton onPress={() => setSaid(copyText(password) ? text.copied : words.cards.notCopied)}>
              {text.copy}
            </PlainButton>
            <PlainButton
              onPress={() => {
                setPassword(null);
                setSaid('');
              }}
            >
              {text.hide}
            </PlainButton>
          </>
        )}
        <span className="hint" role="status">
          {said}
        </span>
      </div>
      <Failure text={read.failure} />
      <div className="buttons">
        <PlainButton kind="quiet" onPress={() => setReplacing('usual')}>
          {text.replace}
        </PlainButton>
        <PlainButton kind="quiet" onPress={() => setReplacing('short')}>
          {text.replaceShort}
        </PlainButton>
      </div>
      <p className="hint">{text.shortHint}</p>
      <Confirm
        open={replacing !== null}
        title={text.confirm}
        text={text.confirmText}
        action={text.confirmAction}
        busy={replace.busy}
        failure={replace.failure}
        onConfirm={() => void renew(replacing ?? 'usual')}
        onClose={() => setReplacing(null)}
      />
    </section>
  );
}

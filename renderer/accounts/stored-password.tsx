import { type SyntheticEvent, useState } from 'react';
import { useCommand } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { TextEntry } from '../parts/field.tsx';
import { Failure, Notice } from '../parts/notice.tsx';
import { words } from '../words.ts';

const text = words.signIn.stored;

/** Takes the provider's password, to be kept; it goes from the page as soon as it is sent. */
export function StoredPassword({ account, missing }: { account: string; missing: boolean }) {
  const [password, setPassword] = useState('');
  const [done, setDone] = useState(false);
  const store = useCommand('storePassword');

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    setDone(false);
    setPassword('');
    setDone((await store.run({ account, password })).ok);
  };
  return (
    <form className="stored-password" noValidate onSubmit={(event) => void submit(event)}>
      <TextEntry
        label={text.password}
        hint={text.passwordHint}
        kind="password"
        value={password}
        onChange={setPassword}
        autoComplete="off"
      />
      <div className="buttons">
        <ActionButton type="submit" kind={missing ? 'main' : 'plain'} disabled={store.busy || password === ''}>
          {store.busy ? words.common.working : missing ? text.store : text.replace}
        </ActionButton>
      </div>
      <Failure text={store.failure} />
      <div role="status">
        {done && (
          <Notice kind="good">
            <p>{text.done}</p>
          </Notice>
        )}
      </div>
    </form>
  );
}

import { useEffect, useState } from 'react';
import { errorMessage, type PosternShell, type ShellInput, type ShellState } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { useBrowserNotices } from '../browser-notices.tsx';
import { PlainButton } from '../parts/button.tsx';
import { SwitchEntry } from '../parts/field.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Failure } from '../parts/notice.tsx';
import { words } from '../words.ts';

const text = words.settings;

/** What the desktop shell knows and can do; null until it has answered, and in a browser. */
export function useShell(shell: PosternShell | undefined) {
  const [state, setState] = useState<ShellState | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const ask = async (request: () => Promise<ShellState | undefined>) => {
    setFailure(null);
    try {
      const now = await request();
      if (now) setState(now);
    } catch (error) {
      setFailure(errorMessage(error));
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each shell
  useEffect(() => {
    if (shell) void ask(() => shell.read());
  }, [shell]);
  return {
    state,
    failure,
    change: (input: ShellInput<'change'>) => void ask(async () => shell?.change(input)),
    openDataFolder: () =>
      void ask(async () => {
        await shell?.openDataFolder();
        return undefined;
      }),
  };
}

/** A browser can show notifications, too, if the person allows it. */
function BrowserNotifications() {
  const { possible, on, failure, change } = useBrowserNotices();
  return (
    <>
      <SwitchEntry
        label={text.notifications}
        hint={possible ? text.notificationsInBrowserHint : text.unavailable}
        on={on}
        disabled={!possible}
        onChange={change}
      />
      <Failure text={failure} />
    </>
  );
}

/** The settings of the desktop shell. A browser has none: it shows them as not available. */
export function ComputerSettings({ shell }: { shell: PosternShell | undefined }) {
  const { state, failure, change, openDataFolder } = useShell(shell);
  const unavailable = shell ? text.unavailableHere : text.unavailable;
  const entry = (setting: 'startAtLogin' | 'notifications') => {
    const on = state?.[setting] ?? null;
    return {
      label: text[setting],
      hint: on === null && (!shell || state) ? unavailable : text[`${setting}Hint`],
      on: on ?? false,
      disabled: on === null,
      onChange: (value: boolean) => change({ [setting]: value }),
    };
  };
  return (
    <div className="card settings-form">
      {!shell && <p className="hint">{text.unavailableHint}</p>}
      <SwitchEntry {...entry('startAtLogin')} />
      {shell ? <SwitchEntry {...entry('notifications')} /> : <BrowserNotifications />}
      <Failure text={state?.notificationsProblem ? inert(state.notificationsProblem) : null} />
      <div className="setting">
        <span>
          {text.dataFolder}
          <span className="hint">{text.dataFolderHint}</span>
          <span className="hint">{state ? <Foreign text={state.dataFolder} /> : !shell && unavailable}</span>
        </span>
        <PlainButton disabled={!state} onPress={openDataFolder}>
          {text.openFolder}
        </PlainButton>
      </div>
      <Failure text={failure && inert(failure)} />
    </div>
  );
}

import { type SyntheticEvent, useState } from 'react';
import { type Configuration, type Settings, settingsSchema } from '../../proxy/contract/index.ts';
import { useCommand } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { Choice, SwitchEntry, TextEntry } from '../parts/field.tsx';
import { Failure } from '../parts/notice.tsx';
import { words } from '../words.ts';

const text = words.settings;

const numbers = ['certificateDecisionSeconds', 'connectTimeoutSeconds', 'maxConnections'] as const;
type NumberSetting = (typeof numbers)[number];
/** The settings as the form holds them. */
type SettingsDraft = Omit<Settings, NumberSetting> & Record<NumberSetting, string>;

function draftOf(settings: Settings): SettingsDraft {
  const { certificateDecisionSeconds, connectTimeoutSeconds, maxConnections } = settings;
  return {
    ...settings,
    certificateDecisionSeconds: String(certificateDecisionSeconds),
    connectTimeoutSeconds: String(connectTimeoutSeconds),
    maxConnections: String(maxConnections),
  };
}

function check(draft: SettingsDraft): { settings: Settings | null; faults: ReadonlySet<PropertyKey | undefined> } {
  const number = (value: string) => (/^\d+$/.test(value.trim()) ? Number(value) : Number.NaN);
  const checked = settingsSchema.safeParse({
    ...draft,
    ...Object.fromEntries(numbers.map((name) => [name, number(draft[name])])),
  });
  return { settings: checked.data ?? null, faults: new Set(checked.error?.issues.map((issue) => issue.path[0])) };
}

const levels = (['error', 'warn', 'info', 'trace'] as const).map((value) => ({ value, ...text.logLevels[value] }));

interface ConnectionSettingsProps {
  configuration: Configuration;
  onSaved: (configuration: Configuration) => void;
}

/** The settings in the configuration file. */
export function ConnectionSettings({ configuration, onSaved }: ConnectionSettingsProps) {
  const [draft, setDraft] = useState(() => draftOf(configuration.settings));
  const [saved, setSaved] = useState(false);
  const read = useCommand('configuration');
  const configure = useCommand('configure');
  const { settings, faults } = check(draft);
  const changed = JSON.stringify(draft) !== JSON.stringify(draftOf(configuration.settings));

  const change = (fields: Partial<SettingsDraft>) => {
    setSaved(false);
    setDraft({ ...draft, ...fields });
  };
  const entry = (name: NumberSetting) => ({
    kind: 'number' as const,
    value: draft[name],
    onChange: (value: string) => change({ [name]: value }),
    fault: faults.has(name) ? text.wrong[name] : undefined,
  });
  const save = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (!settings) return;
    const now = await read.run({});
    if (!now.ok) return;
    const to = { ...now.value, settings };
    if (!(await configure.run({ configuration: to })).ok) return;
    setSaved(true);
    onSaved(to);
  };

  return (
    <form className="card settings-form" noValidate onSubmit={(event) => void save(event)}>
      <TextEntry
        label={text.decisionSeconds}
        hint={text.decisionSecondsHint}
        unit={text.seconds}
        {...entry('certificateDecisionSeconds')}
      />
      <TextEntry
        label={text.connectSeconds}
        hint={text.connectSecondsHint}
        unit={text.seconds}
        {...entry('connectTimeoutSeconds')}
      />
      <TextEntry label={text.maxConnections} hint={text.maxConnectionsHint} {...entry('maxConnections')} />
      <SwitchEntry
        label={text.ownUserOnly}
        hint={text.ownUserOnlyHint}
        on={draft.ownUserOnly}
        onChange={(ownUserOnly) => change({ ownUserOnly })}
      />
      <SwitchEntry
        label={text.revocationLists}
        hint={text.revocationListsHint}
        on={draft.revocationLists}
        onChange={(revocationLists) => change({ revocationLists })}
      />
      <SwitchEntry
        label={text.spareConnections}
        hint={text.spareConnectionsHint}
        on={draft.spareConnections}
        onChange={(spareConnections) => change({ spareConnections })}
      />
      <Choice
        label={text.logLevel}
        value={draft.logLevel}
        options={levels}
        onChange={(logLevel) => change({ logLevel })}
      />
      <Failure text={read.failure ?? configure.failure} />
      <div className="buttons">
        <ActionButton type="submit" kind="main" disabled={!changed || !settings || configure.busy}>
          {text.save}
        </ActionButton>
        <span className="hint" role="status">
          {saved ? text.saved : changed ? '' : text.unchanged}
        </span>
      </div>
    </form>
  );
}

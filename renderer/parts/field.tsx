import { Button } from 'react-aria-components/Button';
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup';
import { SearchField } from 'react-aria-components/SearchField';
import { Switch } from 'react-aria-components/Switch';
import { Text } from 'react-aria-components/Text';
import { TextField } from 'react-aria-components/TextField';
import { Icon } from '../icons.tsx';
import { words } from '../words.ts';

interface TextEntryProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  hint?: string;
  /** Shown at the field while its value is invalid. */
  fault?: string | undefined;
  kind?: 'text' | 'number' | 'password';
  /** After the field: `seconds`. */
  unit?: string;
  autoComplete?: string;
}

/** A text field with its name, its hint, and what is wrong with it as the person types. */
export function TextEntry({
  label,
  value,
  onChange,
  onBlur,
  hint,
  fault,
  kind = 'text',
  unit,
  autoComplete,
}: TextEntryProps) {
  return (
    <TextField
      className={`field field-${kind}`}
      value={value}
      onChange={onChange}
      {...(onBlur && { onBlur })}
      isInvalid={fault !== undefined}
      type={kind === 'password' ? 'password' : 'text'}
      inputMode={kind === 'number' ? 'numeric' : 'text'}
      autoComplete={autoComplete ?? 'off'}
      autoCorrect="off"
      spellCheck="false"
    >
      <Label>{label}</Label>
      <span className="field-line">
        <Input className="input" maxLength={10_000} />
        {unit && <span className="unit">{unit}</span>}
      </span>
      {hint && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="fault">
        <Icon name="warning" size={16} />
        {fault}
      </FieldError>
    </TextField>
  );
}

interface ChoiceProps<V extends string> {
  label: string;
  value: V;
  onChange: (value: V) => void;
  options: readonly { value: V; label: string; hint?: string }[];
}

/** A choice between a few options, all visible. */
export function Choice<V extends string>({ label, value, onChange, options }: ChoiceProps<V>) {
  return (
    <RadioGroup className="field choice" value={value} onChange={(chosen) => onChange(chosen as V)}>
      <Label>{label}</Label>
      <div className="choices">
        {options.map((option) => (
          <Radio key={option.value} value={option.value} className="radio">
            <span className="radio-dot" aria-hidden="true" />
            <span>
              {option.label}
              {option.hint && <span className="hint">{option.hint}</span>}
            </span>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}

interface SwitchEntryProps {
  label: string;
  hint?: string;
  on: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}

/** Something that is on or off. */
export function SwitchEntry({ label, hint, on, disabled, onChange }: SwitchEntryProps) {
  return (
    <Switch className="switch" isSelected={on} isDisabled={disabled ?? false} onChange={onChange}>
      <span className="switch-track" aria-hidden="true">
        <span className="switch-knob" />
      </span>
      <span>
        {label}
        {hint && <span className="hint">{hint}</span>}
      </span>
    </Switch>
  );
}

/** Finds something in a list. */
export function Search({
  label,
  value,
  onChange,
  placeholder,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
}) {
  return (
    <SearchField className="search" aria-label={label} value={value} onChange={onChange}>
      <Icon name="search" size={16} />
      <Input className="input" placeholder={placeholder ?? label} maxLength={200} />
      <Button className="button button-quiet search-clear" aria-label={words.common.clearSearch}>
        <Icon name="cross" size={14} />
      </Button>
    </SearchField>
  );
}

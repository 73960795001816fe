import type { ReactNode, Ref } from 'react';
import { Button } from 'react-aria-components/Button';
import { Icon, type IconName } from '../icons.tsx';
import { useIsLive } from '../live.tsx';

interface ActionProps {
  children: ReactNode;
  onPress?: () => void;
  icon?: IconName;
  /** `main`: the primary action here. `danger`: ends or removes something. `quiet`: a secondary action. */
  kind?: 'main' | 'plain' | 'quiet' | 'danger';
  type?: 'button' | 'submit';
  disabled?: boolean;
  /** Its accessible name where the text alone is not enough: `Forget mail.example.org`. */
  label?: string;
  describedBy?: string;
  ref?: Ref<HTMLButtonElement>;
  /** Gets the focus when it appears: for the button of a dialog that changes nothing. */
  takesFocus?: boolean;
}

/** A button that does not need the core. */
export function PlainButton({
  children,
  icon,
  kind = 'plain',
  disabled,
  label,
  describedBy,
  takesFocus,
  ...rest
}: ActionProps) {
  return (
    <Button
      {...rest}
      className={`button button-${kind}`}
      isDisabled={disabled ?? false}
      autoFocus={takesFocus ?? false}
      {...(label !== undefined && { 'aria-label': label })}
      {...(describedBy !== undefined && { 'aria-describedby': describedBy })}
    >
      {icon && <Icon name={icon} size={18} />}
      {children}
    </Button>
  );
}

/** A button that needs the core: disabled while the core is gone. */
export function ActionButton(props: ActionProps) {
  const live = useIsLive();
  return <PlainButton {...props} disabled={props.disabled || !live} />;
}

import type { ReactNode, Ref } from 'react';
import { Button } from 'react-aria-components/Button';
import { Icon, type IconName } from '../icons.tsx';
import { useIsLive } from '../live.tsx';

interface ActionProps {
  children: ReactNode;
  onPress?: () => void;
  icon?: IconName;
  /** `main`: the one thing to do here. `danger`: ends or removes something. `quiet`: beside other things. */
  kind?: 'main' | 'plain' | 'quiet' | 'danger';
  type?: 'button' | 'submit';
  disabled?: boolean;
  /** What it is called where the text alone would not tell: `Forget mail.example.org`. */
  label?: string;
  describedBy?: string;
  ref?: Ref<HTMLButtonElement>;
  /** Has the focus when it appears: for the button of a dialog that changes nothing. */
  takesFocus?: boolean;
}

/** A button that asks nothing of the core. */
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

/** A button that asks something of the core: not available while the core is not there. */
export function ActionButton(props: ActionProps) {
  const live = useIsLive();
  return <PlainButton {...props} disabled={props.disabled || !live} />;
}

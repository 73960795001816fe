import { Checkbox } from 'react-aria-components/Checkbox';
import { inert } from '../../proxy/contract/inert.ts';
import { Icon } from '../icons.tsx';
import { words } from '../words.ts';

const text = words.findServers;

interface ForeignServersProps {
  /** Their names; with none, nothing is shown. */
  servers: readonly string[];
  /** The address that was looked up. */
  address: string;
  heading: string;
  /** What the person affirms by ticking the box. */
  affirmation: (server: string) => string;
  confirmed: ReadonlySet<string>;
  onChange: (confirmed: ReadonlySet<string>) => void;
}

/** Servers that DNS alone names: the person confirms each, since DNS can be forged (RFC 6186 §6). */
export function ForeignServers({ servers, address, heading, affirmation, confirmed, onChange }: ForeignServersProps) {
  if (servers.length === 0) return null;
  const confirm = (server: string, yes: boolean) =>
    onChange(new Set(yes ? [...confirmed, server] : [...confirmed].filter((each) => each !== server)));
  return (
    <fieldset className="foreign-servers">
      <legend>{heading}</legend>
      {servers.map((server) => (
        <div key={server} className="foreign-server">
          <p>{text.confirmText(inert(server, 253), inert(address, 320))}</p>
          <Checkbox className="checkbox" isSelected={confirmed.has(server)} onChange={(yes) => confirm(server, yes)}>
            <span className="checkbox-box" aria-hidden="true">
              <Icon name="check" size={14} />
            </span>
            <span>{affirmation(inert(server, 253))}</span>
          </Checkbox>
        </div>
      ))}
    </fieldset>
  );
}

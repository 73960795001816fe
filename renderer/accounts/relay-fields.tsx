import { Button } from 'react-aria-components/Button';
import { Disclosure, DisclosurePanel } from 'react-aria-components/Disclosure';
import { Heading } from 'react-aria-components/Heading';
import {
  type Admission,
  admissions,
  type Protocol,
  protocols,
  type Referrals,
  referralChoices,
  type TlsMode,
  tlsModes,
} from '../../proxy/contract/index.ts';
import { kindOf } from '../../proxy/contract/words/kinds.ts';
import type { Fault } from '../account-draft.ts';
import { Icon } from '../icons.tsx';
import { ActionButton, PlainButton } from '../parts/button.tsx';
import { Choice, TextEntry } from '../parts/field.tsx';
import { type RelayDraft, type RelayField, withProtocol, withTls } from '../relay-draft.ts';
import { words } from '../words.ts';

const text = words.accounts.form;
const wrong = words.accounts.wrong;

const kinds = (Object.keys(text.kinds) as Protocol[]).map((value) => ({ value, ...text.kinds[value] }));
const ways = admissions.map((value) => ({ value, ...words.signIn.form.admissions[value] }));
const referrals = referralChoices.map((value) => ({ value, ...text.referralChoices[value] }));
const modes = tlsModes.map((value) => ({ value, ...text.tlsModes[value] }));

/** The catalogue's words for a fault at a field. */
function faultWords(field: RelayField, fault: Fault): string {
  if (field === 'name') return wrong.relayName[fault];
  if (field === 'clientKey') return wrong.key[fault];
  return (field === 'tls' ? wrong.other : wrong[field])[fault];
}

interface RelayFieldsProps {
  relay: RelayDraft;
  number: number;
  /** Whether Postern signs in at the server, and so lets the mail program in by itself. */
  own: boolean;
  /** What is wrong with a field, once it is time to say so. */
  faultOf: (field: RelayField) => Fault | undefined;
  onChange: (relay: RelayDraft, field: RelayField) => void;
  onLeave: (field: RelayField) => void;
  onSuggest: () => void;
  onRemove: (() => void) | null;
}

/** The fields of one relay. What most people never need is folded away. */
export function RelayFields({ relay, number, own, faultOf, onChange, onLeave, onSuggest, onRemove }: RelayFieldsProps) {
  const entry = (field: Exclude<RelayField, 'tls'>) => {
    const fault = faultOf(field);
    return {
      value: relay[field],
      onChange: (value: string) =>
        onChange({ ...relay, [field]: value, ...(field === 'name' && { named: true }) }, field),
      onBlur: () => onLeave(field),
      fault: fault && faultWords(field, fault),
    };
  };
  const hidden = (['name', 'listenAddress', 'address', 'certificate', 'clientKey'] as const).some(faultOf);
  return (
    <fieldset className="relay-fields">
      <legend>{text.relay(number, text.kinds[relay.protocol].label)}</legend>
      <Choice<Protocol>
        label={text.kind}
        value={relay.protocol}
        options={kinds}
        onChange={(value) => onChange(withProtocol(relay, protocols.find((each) => each === value) ?? 'imap'), 'port')}
      />
      <div className="field-row">
        <TextEntry label={text.server} hint={text.serverHints[relay.protocol]} {...entry('server')} />
        <TextEntry label={text.port} kind="number" {...entry('port')} />
      </div>
      <Choice<TlsMode>
        label={text.tls}
        value={relay.tls}
        options={modes}
        onChange={(value) => onChange(withTls(relay, value), 'port')}
      />
      <div className="field-with-button">
        <TextEntry
          label={text.listenPort}
          hint={text.listenPortHint(kindOf(relay.protocol))}
          kind="number"
          {...entry('listenPort')}
        />
        <ActionButton onPress={onSuggest}>{text.suggest}</ActionButton>
      </div>
      {own && relay.protocol === 'smtp' && !relay.lan && (
        <Choice<Admission>
          label={words.signIn.form.admit}
          value={relay.admit ?? 'password'}
          options={ways}
          onChange={(admit) => onChange({ ...relay, admit }, 'port')}
        />
      )}
      <Disclosure className="disclosure" {...(hidden && { isExpanded: true })}>
        <Heading level={2} className="disclosure-heading">
          <Button slot="trigger" className="button button-quiet">
            <Icon name="chevron" size={16} />
            {text.advanced}
          </Button>
        </Heading>
        <DisclosurePanel>
          <div className="disclosure-body">
            <div className="field-row">
              <TextEntry label={text.relayName} hint={text.relayNameHint} {...entry('name')} />
              <TextEntry label={text.listenAddress} hint={text.listenAddressHint} {...entry('listenAddress')} />
            </div>
            {relay.protocol === 'ldap' && (
              <Choice<Referrals>
                label={text.referrals}
                value={relay.referrals ?? 'remove'}
                options={referrals}
                onChange={(chosen) => onChange({ ...relay, referrals: chosen }, 'server')}
              />
            )}
            <TextEntry label={text.address} hint={text.addressHint} {...entry('address')} />
            <div className="field-row">
              <TextEntry label={text.certificate} hint={text.certificateHint} {...entry('certificate')} />
              <TextEntry label={text.key} {...entry('clientKey')} />
            </div>
          </div>
        </DisclosurePanel>
      </Disclosure>
      {onRemove && (
        <PlainButton
          kind="quiet"
          icon="minus"
          label={text.removeRelayName(text.relay(number, text.kinds[relay.protocol].label))}
          onPress={onRemove}
        >
          {text.removeRelay}
        </PlainButton>
      )}
    </fieldset>
  );
}

import { useId } from 'react';
import type { OAuthProvider, SignIn } from '../../proxy/contract/index.ts';
import type { Kind } from '../../proxy/contract/words/kinds.ts';
import type { Fault } from '../account-draft.ts';
import { oauthProviders } from '../oauth-providers.ts';
import { Choice, TextEntry } from '../parts/field.tsx';
import { Fold } from '../parts/fold.tsx';
import { Notice } from '../parts/notice.tsx';
import { chosenProvider, ownIssuer, type SignInDraft, type SignInField } from '../sign-in-draft.ts';
import { words } from '../words.ts';

const text = words.signIn.form;

const ways = ['pass-through', 'stored', 'oauth'] satisfies SignIn['kind'][];

interface ProviderChoiceProps {
  chosen: string;
  fault: string | undefined;
  onChoose: (id: string) => void;
}

function ProviderChoice({ chosen, fault, onChoose }: ProviderChoiceProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{text.provider}</label>
      <select
        id={id}
        className="input"
        value={chosen}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-fault`}
        onChange={(event) => onChoose(event.target.value)}
      >
        <option value="">{words.cards.choose}</option>
        {oauthProviders().map((provider) => (
          <option key={provider.id} value={provider.id}>
            {provider.name}
          </option>
        ))}
        <option value={ownIssuer}>{text.ownProvider}</option>
      </select>
      <span className="fault" id={`${id}-fault`}>
        {fault}
      </span>
    </div>
  );
}

/** How a person comes to the client id that a provider wants, and what is known not to work there. */
function ClientIdHelp({ provider }: { provider: OAuthProvider }) {
  return (
    <>
      {provider.limits.length > 0 && (
        <Notice kind="warn">
          {provider.limits.map((limit) => (
            <p key={limit}>{limit}</p>
          ))}
        </Notice>
      )}
      <Fold look="details" summary={text.steps(provider.name)}>
        <ol className="provider-steps">
          {provider.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        {provider.documentation.map(({ page }) => (
          <p key={page}>
            <span className="pickable">{page}</span>
          </p>
        ))}
        {provider.unchecked.map((fact) => (
          <p key={fact}>{text.unchecked(fact)}</p>
        ))}
      </Fold>
    </>
  );
}

interface SignInFieldsProps {
  draft: SignInDraft;
  /** What stands at either end of the account’s paths. */
  of: Kind;
  /** What is wrong with a field, once it is time to say so. */
  faultOf: (field: SignInField) => Fault | undefined;
  onChange: (draft: SignInDraft, field: SignInField | null) => void;
  onLeave: (field: SignInField) => void;
}

/** Who signs in at the mail server, and with what. */
export function SignInFields({ draft, of, faultOf, onChange, onLeave }: SignInFieldsProps) {
  const provider = chosenProvider(draft);
  const wrong = (field: SignInField) => {
    const fault = faultOf(field);
    return fault && text.wrong[field][fault === 'missing' ? 'missing' : 'wrong'];
  };
  const entry = (field: Exclude<SignInField, 'provider'>) => ({
    value: draft[field],
    onChange: (value: string) => onChange({ ...draft, [field]: value }, field),
    onBlur: () => onLeave(field),
    fault: wrong(field),
  });
  return (
    <fieldset className="relay-fields">
      <legend>{words.signIn.heading}</legend>
      <Choice<SignIn['kind']>
        label={text.kind(of)}
        value={draft.kind}
        options={ways.map((value) => ({ value, ...text.kinds(of)[value] }))}
        onChange={(kind) => onChange({ ...draft, kind }, null)}
      />
      {draft.kind !== 'pass-through' && <TextEntry label={text.user(of)} hint={text.userHint(of)} {...entry('user')} />}
      {draft.kind === 'stored' && <p className="hint">{text.storedLater}</p>}
      {draft.kind === 'oauth' && (
        <>
          <ProviderChoice
            chosen={draft.provider}
            fault={wrong('provider')}
            onChoose={(id) => onChange({ ...draft, provider: id }, 'provider')}
          />
          {draft.provider === ownIssuer && (
            <TextEntry label={text.issuer} hint={text.issuerHint} {...entry('issuer')} />
          )}
          {provider && <ClientIdHelp provider={provider} />}
          {provider?.clientId !== 'registers' && draft.provider !== '' && (
            <TextEntry
              label={text.clientId}
              hint={provider ? text.clientIdHint : text.clientIdHintOwn}
              {...entry('clientId')}
            />
          )}
          <p className="hint">{text.consentLater}</p>
        </>
      )}
    </fieldset>
  );
}

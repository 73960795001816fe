import { type AccountConfiguration, ownSignIn, type SignInNeed } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { kindOfAll } from '../../proxy/contract/words/kinds.ts';
import { Ago, useRow } from '../live.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Notice } from '../parts/notice.tsx';
import { words } from '../words.ts';
import { Consent } from './consent.tsx';
import { SignOut } from './sign-out.tsx';
import { StoredPassword } from './stored-password.tsx';

const text = words.signIn;

/** The place of the vault's key, and whether the vault can be opened. */
function VaultStanding() {
  const vault = useRow('core', 'core')?.vault;
  if (!vault) return null;
  return (
    <>
      <p className="hint">{text.key[vault.key]}</p>
      {vault.problem !== undefined && (
        <Notice kind="warn">
          <p>
            <Foreign text={text.keyProblem(vault.problem)} max={600} />
          </p>
        </Notice>
      )}
    </>
  );
}

/** Whether there is something to revoke: a credential that the server refuses is still stored. */
function isStored(need: SignInNeed | undefined): boolean {
  return need !== 'password-missing' && need !== 'consent-missing';
}

/** How an account signs in, what is needed for it now, and the ways to give that and to take it back. */
export function AccountSignIn({ account }: { account: AccountConfiguration }) {
  const { name } = account;
  const row = useRow('accounts', name)?.signIn;
  const own = ownSignIn(account);
  const needed = own ? row?.needed : undefined;
  const kind = kindOfAll(account.relays);
  return (
    <section className="card sign-in" aria-labelledby="sign-in-heading">
      <h2 id="sign-in-heading">{text.heading}</h2>
      <p>{text.way[own?.kind ?? 'pass-through'](inert(own?.user ?? '', 255), kind)}</p>
      {needed && (
        <Notice kind="warn">
          <p>
            <b>{text.needed}</b>
          </p>
          <p>{text.need(needed.reason)}</p>
          <p>{text.meanwhile(kind)}</p>
        </Notice>
      )}
      {(own ? (row?.warnings ?? []) : []).map((warning) => (
        <Notice kind="warn" key={warning}>
          <p>
            <Foreign text={warning} max={600} />
          </p>
        </Notice>
      ))}
      {own && !needed && row?.signedInAt !== undefined && (
        <p className="hint">
          {text.last} <Ago at={row.signedInAt} />
        </p>
      )}
      {own?.kind === 'oauth' && (
        <Consent key={name} account={name} needed={needed} hasClientId={own.clientId !== undefined} />
      )}
      {own?.kind === 'stored' && <StoredPassword key={name} account={name} missing={needed !== undefined} />}
      {own && <SignOut key={`${name} out`} account={name} kind={own.kind} isSignedIn={isStored(needed?.reason)} />}
      {own && <VaultStanding />}
    </section>
  );
}

import { useState } from 'react';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import type { AccountConfiguration, Configuration, ImportReport } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { useCommand, useIsLive } from '../live.tsx';
import { PracticeEnds } from '../overview/practice-notice.tsx';
import { ActionButton, PlainButton } from '../parts/button.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Failure, Notice } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { hashOf } from '../route.ts';
import { words } from '../words.ts';

const text = words.importAccounts;

/** Larger than any such file, in bytes: it is not even read. */
const maxBytes = 1_000_000;

function Account({ account: { name, signIn, relays } }: { account: AccountConfiguration }) {
  return (
    <section>
      <h3>{text.account(inert(name, 100))}</h3>
      {signIn?.kind === 'oauth' && <p className="hint">{text.consent(inert(signIn.user, 200))}</p>}
      <ul>
        {relays.map(({ name: relay, protocol, listen, server, port, tls, address, clientCertificate }) => (
          <li key={relay}>
            <Foreign
              text={[
                ...[protocol.toUpperCase(), text.port(listen), text.to(server, port)],
                ...(address === undefined ? [] : [text.at(address)]),
                text.mode[tls],
                ...(clientCertificate === undefined ? [] : [text.withCertificate]),
              ].join(' ')}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What an import would add, and everything that is not carried over as it was. */
function Report({ report: { program, added, certificateAuthorities, notes } }: { report: ImportReport }) {
  return (
    <>
      <h2>{text.is(program)}</h2>
      {added.length === 0 && <p className="empty">{text.nothing}</p>}
      {added.map((account) => (
        <Account key={account.name} account={account} />
      ))}
      {certificateAuthorities.length > 0 && (
        <section>
          <h3>{text.authorities}</h3>
          <p className="hint">{text.authoritiesHint}</p>
          <ul>
            {certificateAuthorities.map((file) => (
              <li key={file}>
                <Foreign text={file} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {notes.length > 0 && (
        <section>
          <h3>{text.notes}</h3>
          <ul>
            {notes.map(({ place, message }) => (
              <li key={`${place} ${message}`}>
                <Foreign text={place === '' ? message : `${place}: ${message}`} max={600} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** What is left to do, and in which order. */
function Next({ report: { program, added } }: { report: ImportReport }) {
  const consents = added.filter(({ signIn }) => signIn?.kind === 'oauth');
  return (
    <Notice kind="good">
      <p>{text.added}</p>
      <p>{text.stopOther(program)}</p>
      {consents.length > 0 && <p>{text.signIn}</p>}
      <ul>
        {(consents.length > 0 ? consents : added).map(({ name }) => (
          <li key={name}>
            <a className="link" href={hashOf({ page: 'accounts', item: name })}>
              <Foreign text={name} max={100} />
            </a>
          </li>
        ))}
      </ul>
    </Notice>
  );
}

/** Takes the accounts over from the file of another program, after showing what comes of it. */
export function ImportAccounts({ onAdded }: { onAdded: (configuration: Configuration) => void }) {
  const read = useCommand('readImport');
  const add = useCommand('addImport');
  const [chosen, setChosen] = useState<{ text: string; file: string; report: ImportReport } | null>(null);
  const [done, setDone] = useState<ImportReport | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const live = useIsLive();

  const look = async (files: FileList | null) => {
    const file = files?.[0];
    if (!file) return;
    setChosen(null);
    setDone(null);
    setProblem(file.size > maxBytes ? text.tooLarge : null);
    if (file.size > maxBytes) return;
    const input = { text: await file.text(), file: file.name };
    const found = await read.run(input);
    if (found.ok) setChosen({ ...input, report: found.value });
  };
  const take = async () => {
    if (!chosen) return;
    const added = await add.run({ text: chosen.text, file: chosen.file });
    if (!added.ok) return;
    setChosen(null);
    setDone(added.value.report);
    onAdded(added.value.configuration);
  };
  return (
    <Page title={text.heading} lead={text.lead} back={{ to: { page: 'accounts' }, word: words.accounts.back }}>
      <PracticeEnds />
      <section className="card">
        <div className="buttons">
          <FileTrigger onSelect={(files) => void look(files)}>
            <PlainButton disabled={!live || read.busy || add.busy} icon="search">
              {chosen || done ? text.another : text.choose}
            </PlainButton>
          </FileTrigger>
        </div>
        <Failure text={problem ?? read.failure ?? add.failure} />
        <div role="status">{done && <Next report={done} />}</div>
        {chosen && <Report report={chosen.report} />}
        {chosen && chosen.report.added.length > 0 && (
          <div className="buttons">
            <ActionButton kind="main" disabled={add.busy} onPress={() => void take()}>
              {text.add}
            </ActionButton>
          </div>
        )}
      </section>
    </Page>
  );
}

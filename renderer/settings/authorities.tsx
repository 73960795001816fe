import { useCallback, useEffect, useState } from 'react';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import type { Authority, CommandOutputs } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { useCommand, useIsLive } from '../live.tsx';
import { ActionButton, PlainButton } from '../parts/button.tsx';
import { Fingerprint } from '../parts/certificate-picture.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Failure } from '../parts/notice.tsx';
import { commonName, formatDay } from '../words/format.ts';
import { words } from '../words.ts';

const text = words.settings.authorities;

type Listed = CommandOutputs['authorities']['authorities'][number];

/** The names of a file's authorities, as people know them. */
function namesOf(certificates: readonly Authority[]): string {
  return inert(certificates.map(({ subject }) => commonName(subject)).join(', '), 200);
}

/** Authorities besides the public ones: usually a company's own. Each is trusted for every account. */
export function Authorities() {
  const list = useCommand('authorities');
  const read = useCommand('readAuthority');
  const add = useCommand('addAuthority');
  const remove = useCommand('removeAuthority');
  const [known, setKnown] = useState<readonly Listed[] | null>(null);
  const [offered, setOffered] = useState<{ pem: string; certificates: Authority[] } | null>(null);
  const [leaving, setLeaving] = useState<Listed | null>(null);
  const live = useIsLive();

  const { run } = list;
  const refresh = useCallback(async () => {
    const now = await run({});
    if (now.ok) setKnown(now.value.authorities);
  }, [run]);
  useEffect(() => {
    if (live) void refresh();
  }, [live, refresh]);

  const look = async (files: FileList | null) => {
    const pem = await files?.[0]?.text();
    if (pem === undefined) return;
    const found = await read.run({ pem });
    if (found.ok) setOffered({ pem, certificates: found.value.certificates });
  };
  const take = async () => {
    if (!offered || !(await add.run({ pem: offered.pem })).ok) return;
    setOffered(null);
    await refresh();
  };
  const drop = async () => {
    if (!leaving || !(await remove.run({ file: leaving.file })).ok) return;
    setLeaving(null);
    await refresh();
  };
  return (
    <div className="card">
      <p>{text.hint}</p>
      {known?.length === 0 && <p className="empty">{text.none}</p>}
      {known && known.length > 0 && (
        <ul className="authorities" aria-label={text.heading}>
          {known.map((each) => (
            <li key={each.file}>
              <span>
                <Foreign text={namesOf(each.certificates) || each.file} max={200} />
                <span className="hint">
                  {each.certificates.length === 0
                    ? text.unreadable
                    : text.until(each.certificates.map(({ notAfter }) => formatDay(notAfter)).join(', '))}
                </span>
              </span>
              <ActionButton
                kind="quiet"
                label={text.removeOne(namesOf(each.certificates) || inert(each.file, 100))}
                onPress={() => setLeaving(each)}
              >
                {text.remove}
              </ActionButton>
            </li>
          ))}
        </ul>
      )}
      <Failure text={list.failure ?? read.failure} />
      <div className="buttons">
        <FileTrigger acceptedFileTypes={['.pem', '.crt', '.cer']} onSelect={(files) => void look(files)}>
          <PlainButton disabled={!live || read.busy}>{text.add}</PlainButton>
        </FileTrigger>
      </div>
      <Confirm
        open={offered !== null}
        title={text.confirmAdd(namesOf(offered?.certificates ?? []))}
        text={text.confirmAddText}
        action={text.trust}
        busy={add.busy}
        failure={add.failure}
        onConfirm={() => void take()}
        onClose={() => setOffered(null)}
      >
        {offered?.certificates.map(({ fingerprint }) => (
          <Fingerprint key={fingerprint} value={fingerprint} />
        ))}
      </Confirm>
      <Confirm
        open={leaving !== null}
        title={text.confirmRemove(namesOf(leaving?.certificates ?? []) || inert(leaving?.file ?? '', 100))}
        text={text.confirmRemoveText}
        action={text.remove}
        busy={remove.busy}
        failure={remove.failure}
        onConfirm={() => void drop()}
        onClose={() => setLeaving(null)}
      />
    </div>
  );
}

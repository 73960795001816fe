import { type ReactNode, useState } from 'react';
import {
  alarmBeside,
  type CertificateDecision,
  isSameServer,
  type KnownServer,
  problemsDecided,
} from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { concernsIn, concernTables } from '../concerns.ts';
import { useCommand, useDerived, useRows } from '../live.tsx';
import { ActionButton, PlainButton } from '../parts/button.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { LongList } from '../parts/long-list.tsx';
import { Mark } from '../parts/mark.tsx';
import { useNarrow } from '../parts/narrow.ts';
import { fingerprintBeginning, formatEndpoint, formatMoment } from '../words/format.ts';
import { words } from '../words.ts';

const text = words.certificates;

interface Remembered {
  id: string;
  account: string;
  host: string;
  port: number;
}

interface RememberedListProps<R extends Remembered> {
  label: string;
  rows: readonly R[];
  mark: (row: R) => ReactNode;
  detail: (row: R) => ReactNode;
  /** Details that only some people want; empty for a row without any. */
  more?: (row: R) => string;
  forgetName: (host: string) => string;
  confirm: (host: string) => string;
  confirmText: string;
}

function RememberedList<R extends Remembered>(props: RememberedListProps<R>) {
  const { label, rows, mark, detail, more, forgetName, confirm, confirmText } = props;
  const [detailed, setDetailed] = useState(false);
  const [asked, setAsked] = useState<R | null>(null);
  const forget = useCommand('forget');
  const narrow = useNarrow();
  const height = (narrow ? 156 : 84) + (detailed ? (narrow ? 68 : 24) : 0);
  return (
    <>
      {more && rows.some((row) => more(row) !== '') && (
        <div className="buttons">
          <PlainButton kind="quiet" onPress={() => setDetailed(!detailed)}>
            {detailed ? text.servers.lessDetails : text.servers.details}
          </PlainButton>
        </div>
      )}
      <LongList label={label} rows={rows} keyOf={(row) => row.id} rowHeight={height}>
        {(row) => (
          <div className="remembered">
            <span className="remembered-what">
              <Foreign text={formatEndpoint(row.host, row.port)} max={110} />
              <span className="hint">
                <Foreign text={row.account} max={100} /> · {detail(row)}
              </span>
              {detailed && more && <span className="hint remembered-more">{more(row)}</span>}
            </span>
            {mark(row)}
            <ActionButton kind="quiet" label={forgetName(inert(row.host, 100))} onPress={() => setAsked(row)}>
              {text.decisions.forget}
            </ActionButton>
          </div>
        )}
      </LongList>
      <Confirm
        open={asked !== null}
        title={confirm(inert(asked?.host ?? '', 100))}
        text={confirmText}
        action={text.decisions.forget}
        busy={forget.busy}
        failure={forget.failure}
        onClose={() => setAsked(null)}
        onConfirm={() => {
          if (asked) void forget.run({ id: asked.id }).then(({ ok }) => ok && setAsked(null));
        }}
      />
    </>
  );
}

/** Why it was asked, what led to the question first. */
function reasons(row: CertificateDecision): string {
  return problemsDecided(row)
    .map((problem) => text.problem[problem].name)
    .join(', ');
}

/** The person's decisions. @param account only those of this account */
export function Decisions({ account }: { account?: string }) {
  const own = useRows('decisions').filter((row) => account === undefined || row.account === account);
  const rows = own.toSorted((a, b) => Date.parse(b.decidedAt) - Date.parse(a.decidedAt));
  if (rows.length === 0) return <p className="empty">{text.decisions.none}</p>;
  return (
    <RememberedList<CertificateDecision>
      {...text.decisions}
      label={text.decisions.list}
      rows={rows}
      mark={(row) => (
        <Mark tone={row.decision === 'reject' ? 'refused' : 'yours'} word={text.decisions.word[row.decision]} />
      )}
      detail={(row) => (
        <>
          {formatMoment(row.decidedAt)} · {reasons(row)} ·{' '}
          <span className="unbroken">
            {text.decisions.fingerprint(fingerprintBeginning(row.certificate.fingerprint))}
          </span>
        </>
      )}
    />
  );
}

/** Whether a certificate was revoked, when that was checked, and how long it is valid. */
function freshness(revocation: KnownServer['revocation']): string[] {
  if (!revocation) return [];
  const { status, checkedAt, nextUpdate } = revocation;
  return [
    text.servers.revocation[status],
    text.servers.lookedUp(formatMoment(checkedAt)),
    ...(nextUpdate === null ? [] : [text.servers.holds(formatMoment(nextUpdate))]),
  ];
}

/** The servers that were verified without anyone's help. @param account only those that this account uses */
export function KnownServers({ account }: { account?: string }) {
  const relays = useRows('relays');
  const own = relays.filter((relay) => relay.account === account);
  const rows = useRows('servers').filter(
    (row) => account === undefined || own.some((relay) => isSameServer(relay, row)),
  );
  // A server that is verified often is recorded now and then; its relays know of the last time.
  const lastVerified = (row: KnownServer) =>
    relays
      .filter((relay) => relay.account === row.account && isSameServer(relay, row))
      .flatMap(({ lastVerified: last }) => (last?.trust.kind === 'verified' ? last.verifiedAt : []))
      .concat(row.lastVerifiedAt)
      .toSorted()
      .at(-1) ?? row.lastVerifiedAt;
  // The earlier verification does not count while the server shows another certificate.
  const concerns = useDerived(concernTables, concernsIn);
  const doubt = ({ host: server, port }: KnownServer): string | null => {
    if (concerns.alarms.some((alarm) => isSameServer({ server, port }, alarm))) return text.servers.intercepted;
    return alarmBeside({ server }, concerns) ? text.servers.doubted : null;
  };
  if (rows.length === 0) return <p className="empty">{text.servers.none}</p>;
  return (
    <RememberedList<KnownServer>
      {...text.servers}
      label={text.servers.list}
      rows={rows}
      mark={(row) => {
        const doubted = row.revocation?.status === 'revoked' ? text.problem.revoked.name : doubt(row);
        if (doubted !== null) return <Mark tone="refused" word={doubted} />;
        return <Mark tone="well" word={words.common.trust.verified} />;
      }}
      detail={(row) => `${text.servers.verified} ${formatMoment(lastVerified(row))}`}
      more={({ revocation }) => freshness(revocation).join(' · ')}
    />
  );
}

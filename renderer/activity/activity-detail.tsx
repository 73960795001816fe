import { worded } from '../../proxy/contract/index.ts';
import { useRow } from '../live.tsx';
import { Fingerprint } from '../parts/certificate-picture.tsx';
import { type Fact, Facts } from '../parts/facts.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Mark } from '../parts/mark.tsx';
import { hashOf } from '../route.ts';
import { formatMoment, formatTime } from '../words/format.ts';
import { words } from '../words.ts';
import { describeActivity } from './describe.ts';

const text = words.activity;

/** One event in full. @param number of its row; null while none is selected */
export function ActivityDetail({ number }: { number: number | null }) {
  const row = useRow('activity', String(number));
  if (!row) return <p className="empty">{text.log.noSelection}</p>;
  const described = describeActivity(row);
  const facts: Fact[] = [
    [text.detail.when, `${formatMoment(row.at)} (${formatTime(row.at)})`],
    [text.detail.account, <Foreign key="account" text={row.account ?? words.common.none} max={100} />],
    [text.detail.relay, <Foreign key="relay" text={row.relay ?? words.common.none} max={100} />],
  ];
  if ('reason' in row) facts.push([text.detail.reason, <code key="reason">{row.reason}</code>]);
  if ('session' in row) facts.push([text.detail.session, <Foreign key="session" text={row.session} max={60} />]);
  if ('fingerprint' in row) {
    facts.push([text.detail.fingerprint, <Fingerprint key="fingerprint" value={row.fingerprint} />]);
  }
  return (
    <div className="detail">
      <Mark tone={described.tone} word={described.title} />
      <p className="detail-text">
        <Foreign text={described.text} max={600} />
      </p>
      {(row.kind === 'refused' || row.kind === 'relay-failed') && (
        <p>
          <b>{words.overview.whatToDo}:</b> <Foreign text={worded(row).advice} max={600} />
        </p>
      )}
      {row.kind === 'certificate-pending' && (
        <a className="link" href={hashOf({ page: 'certificates', item: row.id })}>
          {words.overview.toQuestion}
        </a>
      )}
      <Facts facts={facts} />
    </div>
  );
}

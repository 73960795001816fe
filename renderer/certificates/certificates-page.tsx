import { concernsIn, concernTables } from '../concerns.ts';
import { useDerived } from '../live.tsx';
import { Page } from '../parts/page.tsx';
import { usePlace } from '../route.ts';
import { words } from '../words.ts';
import { Questions } from './questions.tsx';
import { Decisions, KnownServers } from './remembered.tsx';
import { StandingAlarms } from './standing-alarms.tsx';

const text = words.certificates;

export function CertificatesPage() {
  const { item } = usePlace();
  const alarms = useDerived(concernTables, (state) => concernsIn(state).alarms);
  const answered = alarms.filter(({ rejectedAt }) => rejectedAt !== undefined);
  return (
    <Page title={text.heading} lead={text.lead}>
      {answered.length > 0 && <h2 className="section-title">{text.alarm.heading}</h2>}
      <StandingAlarms alarms={answered} wanted={item} />
      <h2 className="section-title">{text.waiting}</h2>
      <Questions wanted={item} alarmed={answered.map(({ id }) => id)} />
      <h2 className="section-title">{text.decisions.heading}</h2>
      <div className="card">
        <Decisions />
      </div>
      <h2 className="section-title">{text.servers.heading}</h2>
      <p className="lead">{text.servers.lead}</p>
      <div className="card">
        <KnownServers />
      </div>
    </Page>
  );
}

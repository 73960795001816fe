import { Page } from '../parts/page.tsx';
import { usePlace } from '../route.ts';
import { words } from '../words.ts';
import { Questions } from './questions.tsx';
import { Decisions, KnownServers } from './remembered.tsx';

const text = words.certificates;

export function CertificatesPage() {
  const { item } = usePlace();
  return (
    <Page title={text.heading} lead={text.lead}>
      <h2 className="section-title">{text.waiting}</h2>
      <Questions wanted={item} />
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

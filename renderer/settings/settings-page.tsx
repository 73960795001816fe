import { useConfiguration } from '../accounts/use-configuration.ts';
import { useWindowContext } from '../live.tsx';
import { Failure } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { words } from '../words.ts';
import { About } from './about.tsx';
import { Authorities } from './authorities.tsx';
import { ComputerSettings } from './computer-settings.tsx';
import { ConnectionSettings } from './connection-settings.tsx';
import { Diagnostics } from './diagnostics.tsx';

const text = words.settings;

export function SettingsPage() {
  const { shell } = useWindowContext();
  const { configuration, failure, take } = useConfiguration();
  return (
    <Page title={text.heading}>
      <h2 className="section-title">{text.behaviour}</h2>
      <Failure text={failure} />
      {configuration && <ConnectionSettings configuration={configuration} onSaved={take} />}
      <h2 className="section-title">{text.authorities.heading}</h2>
      <Authorities />
      <h2 className="section-title">{text.computer}</h2>
      <ComputerSettings shell={shell} />
      <h2 className="section-title">{text.help}</h2>
      <Diagnostics />
      <h2 className="section-title">{text.about}</h2>
      <About shell={shell} />
    </Page>
  );
}

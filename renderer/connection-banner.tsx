import { Icon } from './icons.tsx';
import { useConnection, useRow, useWindowContext } from './live.tsx';
import { Foreign } from './parts/foreign.tsx';
import { formatTime } from './words/format.ts';
import { words } from './words.ts';

const text = words.connection;

/** Says that what is shown is out of date, for as long as it is. */
export function ConnectionBanner() {
  const connection = useConnection();
  const known = useRow('core', 'core') !== undefined;
  const { shell } = useWindowContext();
  // Without a page below, this is the window's main content.
  const Headline = known ? 'b' : 'h1';
  return (
    <div role="alert" className="banner-place">
      {'since' in connection && (
        <div className="banner">
          <Icon name="warning" />
          <div>
            <Headline>{connection.status === 'gone' && !shell ? text.silent : text[connection.status]}</Headline>{' '}
            {whatIsShown(connection, known, shell !== undefined)}
            {connection.reason && (
              <p>
                <Foreign text={connection.reason} max={400} />
              </p>
            )}
          </div>
        </div>
      )}
    </div>
  );
}

/** Only the desktop's own window is certain to reconnect; in a browser, the reason says what to expect. */
function whatIsShown({ status, since }: { status: string; since: string }, known: boolean, ownShell: boolean): string {
  const forGood = status === 'signed-out' || !ownShell;
  if (!known) return forGood ? '' : text.nothingYet;
  return (forGood ? text.sinceForGood : text.since)(formatTime(since));
}

import { type Diagnosis, worded } from '../../proxy/contract/index.ts';
import { useRow } from '../live.tsx';
import { hashOf } from '../route.ts';
import { words } from '../words.ts';
import { Foreign } from './foreign.tsx';
import { isOffline } from './relay-view.ts';

/**
 * A failure as a knowledgeable friend would explain it: what happened, what to do, and where to read more.
 *
 * @param account whose page has what the advice leads to
 */
export function Explained({ diagnosis, account }: { diagnosis: Diagnosis; account?: string }) {
  const core = useRow('core', 'core');
  const options = core?.commandOptions;
  const known = options === undefined ? diagnosis : worded(diagnosis, options);
  const { code, title, sentence, advice, page } = known;
  const [file = '', entry = ''] = page.split('#');
  return (
    <div className={`trouble ${isOffline(known) ? 'trouble-quiet' : 'trouble-refused'}`} data-code={code}>
      <p className="trouble-title">
        <Foreign text={title} max={200} />
      </p>
      <p>
        <Foreign text={sentence} max={600} />
      </p>
      <p>
        <b>{words.overview.whatToDo}:</b> <Foreign text={advice} max={600} />
      </p>
      {account !== undefined && code === 'oauth-needed' && (
        <p>
          <a className="link" href={hashOf({ page: 'accounts', item: account, action: 'edit' })}>
            {words.overview.toSignInForm}
          </a>
        </p>
      )}
      <p className="hint">
        <Foreign text={words.common.moreAbout(file, entry)} max={200} />
      </p>
    </div>
  );
}

import type { Diagnosis } from '../../proxy/contract/index.ts';
import { words } from '../words.ts';
import { Foreign } from './foreign.tsx';

/** A failure as a knowledgeable friend would explain it: what happened, what to do, and where to read more. */
export function Explained({ diagnosis: { code, title, sentence, advice, page } }: { diagnosis: Diagnosis }) {
  return (
    <div className="trouble trouble-refused" data-code={code}>
      <p className="trouble-title">
        <Foreign text={title} max={200} />
      </p>
      <p>
        <Foreign text={sentence} max={600} />
      </p>
      <p>
        <b>{words.overview.whatToDo}:</b> <Foreign text={advice} max={600} />
      </p>
      <p className="hint">
        {words.common.moreAbout} <Foreign text={page} max={100} />
      </p>
    </div>
  );
}

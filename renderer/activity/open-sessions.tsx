import { cipherStrength } from '../cipher-strength.ts';
import { useDerived, useRow } from '../live.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { LongList } from '../parts/long-list.tsx';
import { Mark, type Tone, TrustMark } from '../parts/mark.tsx';
import { useNarrow } from '../parts/narrow.ts';
import { formatBytes, formatCount, formatTime, formatTlsVersion } from '../words/format.ts';
import { words } from '../words.ts';

const text = words.activity.open;

function Session({ id }: { id: string }) {
  const session = useRow('sessions', id);
  if (!session) return null;
  const tone: Tone = session.phase === 'waiting-for-decision' ? 'question' : 'quiet';
  const { protection } = session;
  const strength = protection && words.common.strength[cipherStrength(protection.cipher)];
  return (
    <div className="session">
      <span className="session-what">
        <Foreign text={session.account} max={100} />
        <span className="hint">
          <Foreign text={session.relay} max={100} /> · {text.since} {formatTime(session.openedAt)}
        </span>
      </span>
      <span className="session-how">
        {protection ? (
          <TrustMark trust={protection.trust.kind} />
        ) : (
          <Mark tone={tone} word={text.phase[session.phase]} />
        )}
        {protection && (
          <span className="hint">
            {formatTlsVersion(protection.tlsVersion)}, {strength}
          </span>
        )}
      </span>
      <span className="session-bytes">
        {text.bytes(formatBytes(session.bytesDown), formatBytes(session.bytesUp))}
        <span className="hint">{text.phase[session.phase]}</span>
      </span>
    </div>
  );
}

/** The sessions that are open now. */
export function OpenSessions() {
  const ids = useDerived(['sessions'], (state) => state.rows('sessions').map((session) => session.id));
  const narrow = useNarrow();
  return (
    <section className="card" aria-labelledby="open-heading">
      <h2 id="open-heading">{text.heading(ids.length)}</h2>
      {ids.length === 0 ? (
        <p className="empty">{text.none}</p>
      ) : (
        <LongList
          label={`${text.list}, ${formatCount(ids.length)}`}
          rows={ids}
          keyOf={(id) => id}
          rowHeight={narrow ? 132 : 84}
        >
          {(id) => <Session id={id} />}
        </LongList>
      )}
    </section>
  );
}

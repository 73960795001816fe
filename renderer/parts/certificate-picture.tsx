import { Fragment } from 'react';
import { type CertificateProblem, type CertificateSummary, fingerprintText } from '../../proxy/contract/index.ts';
import { Icon } from '../icons.tsx';
import { useTimely } from '../live.tsx';
import { commonName, formatDay, formatDistance } from '../words/format.ts';
import { words } from '../words.ts';
import { Foreign } from './foreign.tsx';

const text = words.certificates;

/** Four bytes, as they are written. */
const group = 'AB:CD:EF:01:'.length;

/** A fingerprint as every page and command shows it, broken only between groups of four bytes, for comparing it aloud. */
export function Fingerprint({ value }: { value: string }) {
  const text = fingerprintText(value.slice(0, 128));
  const groups = Array.from({ length: Math.ceil(text.length / group) }, (_, at) => at * group);
  return (
    <code className="fingerprint">
      {groups.map((at) => (
        <Fragment key={at}>
          {text.slice(at, at + group)}
          <wbr />
        </Fragment>
      ))}
    </code>
  );
}

/** How far through its validity a certificate is. */
function validity(
  certificate: CertificateSummary,
  now: number,
): { kind: 'valid' | 'expired' | 'early' | 'unknown'; text: string } {
  const from = Date.parse(certificate.notBefore);
  const until = Date.parse(certificate.notAfter);
  if (Number.isNaN(from) || Number.isNaN(until)) return { kind: 'unknown', text: text.timeBar.unknown };
  if (now < from) return { kind: 'early', text: text.timeBar.early(formatDistance(certificate.notBefore, now)) };
  const distance = formatDistance(certificate.notAfter, now);
  return now > until
    ? { kind: 'expired', text: text.timeBar.expired(distance) }
    : { kind: 'valid', text: text.timeBar.valid(distance) };
}

/** A certificate's validity period as a bar, with today marked. */
export function TimeBar({ certificate, calm }: { certificate: CertificateSummary; calm: boolean }) {
  const state = useTimely((now) => JSON.stringify(validity(certificate, now)));
  const { kind, text: sentence } = JSON.parse(state) as ReturnType<typeof validity>;
  const from = Date.parse(certificate.notBefore);
  const until = Date.parse(certificate.notAfter);
  const now = Date.now();
  // The bar leaves room on both sides, so that a day before or after the period is visible as such.
  const left = Math.min(from, now);
  const length = Math.max(until, now) - left || 1;
  const at = (moment: number) => 4 + ((moment - left) / length) * 92;
  const days = [formatDay(certificate.notBefore), formatDay(certificate.notAfter)] as const;
  return (
    <div className={`time-bar time-bar-${kind === 'valid' && !calm ? 'neutral' : kind}`}>
      <svg role="img" aria-label={text.timeBar.picture(...days, sentence)} width="100%" height="30">
        <rect className="time-rest" x="0" y="13" width="100%" height="4" rx="2" />
        {kind !== 'unknown' && (
          <>
            <rect
              className="time-valid"
              x={`${at(from)}%`}
              y="10"
              width={`${Math.max(1, at(until) - at(from))}%`}
              height="10"
              rx="5"
            />
            <line className="time-now" x1={`${at(now)}%`} x2={`${at(now)}%`} y1="2" y2="28" />
            <circle className="time-now-dot" cx={`${at(now)}%`} cy="15" r="5" />
          </>
        )}
      </svg>
      <div className="time-ends" aria-hidden="true">
        <span>{days[0]}</span>
        <span>{days[1]}</span>
      </div>
      <p className="time-words">{sentence}</p>
    </div>
  );
}

/** Who vouches for whom, from the highest authority down to the server. */
export function ChainPicture({
  certificate,
  chain,
  problems,
}: {
  certificate: CertificateSummary;
  chain: readonly CertificateSummary[];
  problems: readonly CertificateProblem[];
}) {
  const links = [certificate, ...chain.slice(0, 10)].reverse();
  const top = links[0];
  const vouchesForItself = top !== undefined && top.subject === top.issuer;
  const unknown = problems.includes('unknown-issuer') || problems.includes('self-signed');
  return (
    <div>
      <ol className="chain">
        {!vouchesForItself && top && (
          <li className={`chain-link chain-issuer ${unknown ? 'chain-unknown' : ''}`}>
            <Icon name={unknown ? 'question' : 'certificates'} />
            <span>
              <span className="chain-role">{text.chain.issuer}</span>
              <Foreign text={commonName(top.issuer)} max={80} />
              {unknown && <span className="hint">{text.chain.unknown}</span>}
            </span>
          </li>
        )}
        {links.map((link, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a chain never changes its order
          <li className={`chain-link ${index === 0 && vouchesForItself && unknown ? 'chain-unknown' : ''}`} key={index}>
            <Icon name={index === links.length - 1 ? 'server' : 'certificates'} />
            <span>
              <span className="chain-role">{index === links.length - 1 ? text.chain.server : text.chain.issuer}</span>
              <Foreign text={commonName(link.subject)} max={80} />
              {index === 0 && vouchesForItself && <span className="hint">{text.chain.itself}</span>}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

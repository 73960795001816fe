import { useSyncExternalStore } from 'react';
import { useDerived, useRow, useWindowContext } from '../live.tsx';
import { type TrafficSpan, totalBytes } from '../traffic.ts';
import { formatBytes, formatMoment } from '../words/format.ts';
import { words } from '../words.ts';

const text = words.overview.traffic;
const width = 600;
const height = 96;

type Direction = (span: NonNullable<TrafficSpan>) => number;

/**
 * The height at which a number of bytes is drawn. A square root keeps a short mail visible beside a large attachment.
 */
function level(bytes: number, highest: number): string {
  return (height - 1 - Math.sqrt(bytes / highest) * (height - 6)).toFixed(1);
}

const step = (spans: readonly TrafficSpan[]) => width / spans.length;

/** One direction as bars; a gap where nothing is known. */
function bars(spans: readonly TrafficSpan[], of: Direction, highest: number): string {
  const wide = step(spans);
  return spans
    .map((span, at) => (span ? `M${at * wide} ${height}V${level(of(span), highest)}h${wide}V${height}Z` : ''))
    .join('');
}

/** The other direction, as a line over the bars. */
function line(spans: readonly TrafficSpan[], of: Direction, highest: number): string {
  const wide = step(spans);
  return spans
    .map((span, at) => {
      if (!span) return '';
      const y = level(of(span), highest);
      return spans[at - 1] ? `V${y}h${wide}` : `M${at * wide} ${y}h${wide}`;
    })
    .join('');
}

/** What was received and sent since the core started; the plot above shows only what this window saw. */
function SinceStart() {
  const core = useRow('core', 'core');
  const total = useDerived(['relays', 'sessions'], totalBytes);
  if (!core) return null;
  return (
    <p className="hint">
      {text.sinceStart(formatMoment(core.startedAt), formatBytes(total.down), formatBytes(total.up))}
    </p>
  );
}

/** What was received and sent in the last ten minutes. */
export function TrafficPlot() {
  const { traffic } = useWindowContext();
  const { spans, spanLength } = useSyncExternalStore(traffic.subscribe, traffic.history);
  const known = spans.filter((span) => span !== null);
  const received = known.reduce((sum, span) => sum + span.down, 0);
  const sent = known.reduce((sum, span) => sum + span.up, 0);
  const highest = Math.max(1, ...known.flatMap((span) => [span.up, span.down]));
  const peak = formatBytes(Math.round((highest * 1000) / spanLength));
  const unknown = spans.findIndex((span) => span !== null);
  const unknownShare = unknown === -1 ? 1 : unknown / spans.length;
  // What this window has not seen, it says nothing about.
  const range = unknownShare > 0 ? text.rangeOpen : text.range;
  const quiet = received + sent === 0 && (unknownShare > 0 ? text.quietOpen : text.quiet);
  return (
    <section className="card traffic" aria-labelledby="traffic-heading">
      <div className="card-head">
        <h2 id="traffic-heading">{text.heading}</h2>
        <span className="hint">{range}</span>
        <ul className="legend">
          <li className="legend-received">
            {text.received} <b>{formatBytes(received)}</b>
          </li>
          <li className="legend-sent">
            {text.sent} <b>{formatBytes(sent)}</b>
          </li>
          {!quiet && <li className="legend-peak">{text.peak(peak)}</li>}
        </ul>
      </div>
      <svg
        className="plot"
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={quiet || text.picture(range, formatBytes(received), formatBytes(sent), peak)}
      >
        {unknownShare > 0 && <rect className="plot-unknown" x="0" y="0" width={width * unknownShare} height={height} />}
        <path className="plot-grid" d={`M0 ${height / 3}H${width}M0 ${(height * 2) / 3}H${width}`} />
        <path className="plot-received" d={bars(spans, (span) => span.down, highest)} />
        <path className="plot-sent" d={line(spans, (span) => span.up, highest)} />
        <path className="plot-base" d={`M0 ${height}H${width}`} />
      </svg>
      <div className="plot-ends" aria-hidden="true">
        <span>{text.oldest}</span>
        <span>{quiet}</span>
        <span>{text.newest}</span>
      </div>
      <SinceStart />
    </section>
  );
}

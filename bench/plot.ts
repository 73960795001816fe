import { median, type Row, short } from './statistics.ts';

const barHeight = 16;
const rowGap = 18;
const labelWidth = 110;
const plotWidth = 470;

const colours: Record<string, string> = {
  Postern: '#2f6fde',
  stunnel: '#8a8f98',
  HAProxy: '#b9bec6',
  'Node alone': '#a9b7d6',
  'direct TLS': '#5aa469',
};

const xmlText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Bars for each row, one below another, with a whisker from the lowest to the highest value. */
export function plot(rows: readonly Row[], title: string): string {
  const parts: string[] = [];
  let y = 34;
  for (const row of rows) {
    const entries = [...row.values].filter(([name]) => name in colours);
    const most = Math.max(...entries.flatMap(([, values]) => values));
    const x = (value: number) => labelWidth + (value / most) * plotWidth;
    parts.push(`<text x="0" y="${y}" class="row">${xmlText(row.title)} (${xmlText(row.unit)})</text>`);
    y += 8;
    for (const [name, values] of entries) {
      const middle = y + barHeight / 2;
      parts.push(
        `<text x="${labelWidth - 8}" y="${middle + 4}" text-anchor="end">${xmlText(name)}</text>`,
        `<rect x="${labelWidth}" y="${y}" width="${(x(median(values)) - labelWidth).toFixed(1)}" height="${barHeight - 3}" rx="2" fill="${colours[name]}"/>`,
        `<path d="M${x(Math.min(...values)).toFixed(1)} ${middle - 1.5}H${x(Math.max(...values)).toFixed(1)}" class="spread"/>`,
        `<text x="${labelWidth + plotWidth + 10}" y="${middle + 4}">${short(median(values))}</text>`,
      );
      y += barHeight;
    }
    y += rowGap;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 650 ${y}" role="img" aria-label="${xmlText(title)}">
<style>
text { font: 12px system-ui, sans-serif; fill: #333 }
.row { font-weight: 600 }
.spread { stroke: #111; stroke-width: 1.5; opacity: 0.55 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .spread { stroke: #fff } }
</style>
<text x="0" y="14" class="row">${xmlText(title)}</text>
${parts.join('\n')}
</svg>
`;
}

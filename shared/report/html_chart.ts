import { formatMoney, type Micros } from '../model/money.ts';

/** One part of each bar, from the bottom up. */
export interface Series {
  name: string;
  values: readonly Micros[];
}

const WIDTH = 900;
const HEIGHT = 240;
const LEFT = 58;
const BOTTOM = 24;
const TOP = 10;
const MOST_LABELS = 12;

/** Stacked bars over steps of time, as a picture that needs no script. */
export function barChart(labels: readonly string[], series: readonly Series[]): string {
  const totals = labels.map((_, step) => sumAt(series, step));
  const top = niceTop(Math.max(...totals, 1));
  const y = (micros: Micros) => HEIGHT - BOTTOM - (micros / top) * (HEIGHT - BOTTOM - TOP);
  const pitch = (WIDTH - LEFT) / labels.length;
  const wide = Math.min(48, pitch * 0.72);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = y(top * part).toFixed(1);
    const text = escapeHtml(axisMoney(top * part));
    return `<line x1="${LEFT}" x2="${WIDTH}" y1="${at}" y2="${at}"/><text x="${LEFT - 8}" y="${at}" dy="4" text-anchor="end">${text}</text>`;
  });
  const every = Math.ceil(labels.length / MOST_LABELS);
  const bars = labels.map((label, step) => {
    const x = LEFT + pitch * step + (pitch - wide) / 2;
    let below = 0;
    const parts = series.map(({ name, values }, index) => {
      const micros = Math.max(0, values[step] ?? 0);
      if (micros === 0) return '';
      const high = (micros / top) * (HEIGHT - BOTTOM - TOP);
      below += micros;
      const told = escapeHtml(`${label}, ${name}: ${formatMoney(micros)}`);
      return `<rect class="f${index % 7}" x="${x.toFixed(1)}" y="${y(below).toFixed(1)}" width="${wide.toFixed(1)}" height="${Math.max(0.5, high).toFixed(1)}"><title>${told}</title></rect>`;
    });
    const name =
      step % every === 0
        ? `<text x="${(x + wide / 2).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="middle">${escapeHtml(label)}</text>`
        : '';
    return parts.join('') + name;
  });
  const told = `Cost by day, ${formatMoney(totals.reduce((a, b) => a + b, 0))} in all`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(told)}">${grid.join('')}${bars.join('')}</svg>`;
}

function sumAt(series: readonly Series[], step: number): Micros {
  return series.reduce((sum, { values }) => sum + Math.max(0, values[step] ?? 0), 0);
}

/** A round amount that is not much above the highest bar. */
function niceTop(highest: Micros): Micros {
  const scale = 10 ** Math.floor(Math.log10(highest));
  const step = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10].find((one) => one * scale >= highest);
  return (step ?? 10) * scale;
}

/** `$750`: an axis needs no cents where it has dollars. */
function axisMoney(micros: number): string {
  return formatMoney(Math.round(micros)).replace(/\.00$/, '');
}

/** Jobs are named by whoever may start them: text stays text. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

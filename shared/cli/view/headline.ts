import { formatFigure } from '../../faces/readout.ts';
import type { Figure } from '../../model/rate.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { margin, plural, provenance, rate } from './figures.ts';
import { type Line, say, type Tone, widthOf } from './text.ts';

const GAP = 4;

/** The four sums a person looks for first, and what runs; in as many lines as the width asks for; the first two alone where it is to be brief. */
export function headline(
  snapshot: Snapshot,
  width: number,
  { brief = false }: { brief?: boolean } = {},
): Line[] {
  const { today, wastedToday, savedToday } = snapshot;
  // Waste is a part of today's sum, and savings are reckoned at the same rates.
  const derived = (micros: number): Figure => {
    const { spread: _, ...rest } = today;
    return { ...rest, micros, uncertain: false, unpriced: 0 };
  };
  const sums = [
    rate(snapshot.rate, 'flame'),
    sum(today, 'today', 'strong'),
    sum(derived(wastedToday), 'wasted', wastedToday > 0 ? 'critical' : undefined),
    sum(derived(savedToday), 'saved', savedToday > 0 ? 'good' : undefined),
  ];
  if (brief) return flow(sums.slice(0, 2), width);
  return [...flow(sums, width), [say(running(snapshot), 'quiet')]];
}

function sum(of: Figure, word: string, tone: Tone | undefined): Line {
  const isNothing = of.micros === 0 && tone === undefined;
  if (isNothing) return [say(`${formatFigure(of)} ${word}`, 'quiet')];
  return [
    say(formatFigure(of), tone),
    say(` ${word}`),
    ...margin(of),
    ...provenance(of.provenance),
  ];
}

function running({ jobs }: Snapshot): string {
  const mine = jobs.filter((job) => job.mine && job.state === 'running');
  if (mine.length === 0) return 'No job of yours is running';
  const gpus = mine.reduce((total, job) => total + job.gpus, 0);
  const what = `${plural(mine.length, 'job')} of yours`;
  return gpus > 0 ? `${what} on ${plural(gpus, 'GPU')}` : what;
}

/** Puts parts side by side, in as many lines as they take. */
function flow(parts: readonly Line[], width: number): Line[] {
  const lines: Line[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last && widthOf(last) + GAP + widthOf(part) <= width) {
      lines[lines.length - 1] = [...last, say(' '.repeat(GAP)), ...part];
    } else lines.push(part);
  }
  return lines;
}

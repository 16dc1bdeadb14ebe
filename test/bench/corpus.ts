import type { Bench, Figure } from './figure.ts';
import { corpus, type Half } from './traces/corpus.ts';
import { Exporter } from './traces/exporter.ts';
import { Random } from './traces/random.ts';
import type { Trouble } from './traces/trace.ts';
import { autostop, burnrate, fixedThreshold, type Watcher } from './traces/watchers.ts';

/** From the reading that tells to the notification: measured apart, by the bench `notify`. */
const PATH_SECONDS = 1;

interface Verdict {
  delays: { trouble: Trouble; seconds: number | undefined }[];
  falseAlerts: number;
  /** Hours in which all was well. */
  healthyHours: number;
}

const WATCHERS: Record<string, Watcher> = { burnrate, fixedThreshold, autostop };

/** Runs every watcher over one half of the corpus. */
export function judge(
  half: Half,
  watchers: Record<string, Watcher> = WATCHERS,
): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>(
    Object.keys(watchers).map((name) => [name, { delays: [], falseAlerts: 0, healthyHours: 0 }]),
  );
  for (const { trace, random } of corpus(half)) {
    const last = (trace.gpus[0]?.length ?? 0) - 1;
    const onset = trace.trouble?.onset ?? last;
    const seed = Math.floor(random.between(0, 1e9));
    const phase = Math.floor(random.between(0, 15));
    for (const [name, watch] of Object.entries(watchers)) {
      const spoke = watch(new Exporter(trace, new Random(seed)), last, phase);
      const verdict = verdicts.get(name);
      if (!verdict) continue;
      const early = spoke.filter((second) => second < onset);
      verdict.falseAlerts += early.length;
      verdict.healthyHours += onset / 3600;
      if (!trace.trouble) continue;
      const first = spoke.find((second) => second >= onset);
      const seconds = first === undefined ? undefined : first - onset + PATH_SECONDS;
      verdict.delays.push({ trouble: trace.trouble.kind, seconds });
    }
  }
  return verdicts;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function summary({ delays, falseAlerts, healthyHours }: Verdict) {
  const found = delays.filter(({ seconds }) => seconds !== undefined);
  // A trouble that is never found counts as found at the end of time.
  const quick = delays
    .filter(({ trouble }) => trouble !== 'restarts')
    .map(({ seconds }) => seconds ?? Number.POSITIVE_INFINITY);
  return {
    median: quantile(quick, 0.5),
    p95: quantile(quick, 0.95),
    recall: found.length / delays.length,
    falsePer1000h: (falseAlerts / healthyHours) * 1000,
  };
}

/**
 * How soon and how reliably trouble is told over a labelled corpus of simulated jobs, half of it
 * held out by seed, beside two simple watchers over the same readings.
 */
export const detect: Bench = {
  name: 'detect',
  async run(): Promise<Figure[]> {
    const figures: Figure[] = [];
    for (const half of ['seen', 'held out'] as const) {
      for (const [name, verdict] of judge(half)) {
        const { median, p95, recall, falsePer1000h } = summary(verdict);
        const judged = name === 'burnrate';
        const add = (what: string, value: number, unit: string, target: number, ok: boolean) =>
          figures.push({
            name: `detect, ${half}, ${name}: ${what}`,
            value: Math.round(value * 1000) / 1000,
            unit,
            target,
            holds: ok || !judged,
          });
        add('median from onset to notification', median, 's', 35, median <= 35);
        add('p95 from onset to notification', p95, 's', 60, p95 <= 60);
        add('recall', recall, 'share', 0.97, recall >= 0.97);
        add('false alerts', falsePer1000h, 'in 1,000 h', 1, falsePer1000h < 1);
      }
    }
    return figures;
  },
};

import { AlertBook, rulesFrom } from '@burnrate/shared/alerts/index.ts';
import { LEISURE_MS, News } from '@burnrate/shared/collector/news.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import { dcgm } from '@burnrate/shared/sources/dcgm/index.ts';
import { Rhythm } from '@burnrate/shared/sources/dcgm/rhythm.ts';
import type { StoredSample } from '@burnrate/shared/store/store.ts';
import { jobView, sceneAt } from '../../unit/alerts/scene.ts';
import type { Exporter, Reading } from './exporter.ts';

/** Watches one job and says at which seconds it spoke up. */
export type Watcher = (exporter: Exporter, lastSecond: number, phase: number) => number[];

/** How often a rule made by hand looks. */
const USUAL_SECONDS = 15;
const MEMORY_MS = 3_600_000;

/**
 * Burnrate's own rules, at the cadence that its source of telemetry has by default; they look when
 * the collector would: at once at what is news, else at leisure.
 */
export const burnrate: Watcher = (exporter, lastSecond, phase) => {
  const book = new AlertBook(rulesFrom(defaultConfig));
  const news = new News();
  news.configure(defaultConfig.alerts.idle.below);
  const rhythm = new Rhythm();
  let lastAnswer = '';
  let unseenSince: number | undefined;
  const job = jobView({ gpus: 2 });
  const spoke: number[] = [];
  let samples: StoredSample[] = [];
  let alerts: Alert[] = [];
  const everySeconds = (dcgm.cadence.telemetry?.everyMs ?? 0) / 1000;
  for (let second = phase; second <= lastSecond; second += everySeconds) {
    const now = second * 1000;
    const isDue = rhythm.isDue(now, everySeconds * 1000);
    const answer = isDue ? exporter.ask(second) : [];
    if (!answer) rhythm.failed();
    else if (isDue) {
      const text = JSON.stringify(answer);
      rhythm.answered(now, text !== lastAnswer);
      lastAnswer = text;
    }
    const read = answer?.map((reading) => sampleOf(reading, now, job.id));
    samples.push(...(read ?? []));
    const isNews = !read || news.hears(read.map((sample) => ({ ...sample, node: sample.nodeId })));
    unseenSince ??= now;
    if (!isNews && !alerts.some(({ state }) => state === 'pending')) {
      if (now - unseenSince < LEISURE_MS) continue;
    }
    unseenSince = undefined;
    if (samples.length > 4000) samples = samples.filter(({ at }) => at >= now - MEMORY_MS);
    alerts = book.step(
      {
        ...sceneAt(now, [job], []),
        readings: (_, since) => samples.slice(samples.findIndex(({ at }) => at >= since)),
      },
      alerts,
    );
    for (const { firedAt } of alerts) if (firedAt === now) spoke.push(second);
  }
  return spoke;
};

function sampleOf(reading: Reading, at: number, jobId: string): StoredSample {
  return {
    at,
    nodeId: 'node',
    jobIds: [jobId],
    gpu: `GPU-${reading.gpu}`,
    utilization: reading.utilization,
    engineActive: reading.engine,
    tensorActive: reading.tensor,
    power: Math.max(0, reading.power),
    pcieTx: reading.toHost,
    memoryUsed: reading.memory,
  };
}

/** What people set up by hand: utilization below a threshold for a while. */
function threshold(below: number, forSeconds: number): Watcher {
  return (exporter, lastSecond, phase) => {
    const spoke: number[] = [];
    let since: number | undefined;
    let said = false;
    for (let second = phase; second <= lastSecond; second += USUAL_SECONDS) {
      const readings = exporter.ask(second);
      const mean = readings && readings.reduce((s, r) => s + r.utilization, 0) / readings.length;
      if (mean === undefined || mean >= below) {
        since = undefined;
        said = false;
        continue;
      }
      since ??= second;
      if (!said && second - since >= forSeconds) {
        spoke.push(second);
        said = true;
      }
    }
    return spoke;
  };
}

/** Below 30% for five minutes. */
export const fixedThreshold = threshold(0.3, 300);
/** Nothing for ten minutes, as an orchestrator's autostop. */
export const autostop = threshold(0.05, 600);

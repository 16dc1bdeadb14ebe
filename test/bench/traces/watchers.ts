import { AlertBook, rulesFrom } from '@burnrate/shared/alerts/index.ts';
import { LEISURE_MS, News } from '@burnrate/shared/collector/news.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { Sample } from '@burnrate/shared/model/sample.ts';
import { HOUR, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import { dcgm } from '@burnrate/shared/sources/dcgm/index.ts';
import { Rhythms } from '@burnrate/shared/sources/dcgm/rhythms.ts';
import type { StoredSample } from '@burnrate/shared/store/store.ts';
import { jobView, sceneAt } from '../../unit/alerts/scene.ts';
import type { Exporter, Reading } from './exporter.ts';

/** Watches one job and says at which seconds it spoke up. */
export type Watcher = (exporter: Exporter, lastSecond: number, phase: number) => number[];

/** How often a rule made by hand looks. */
const USUAL_SECONDS = 15;
const MEMORY_MS = HOUR;

/** The exporter that is watched. */
const ENDPOINT = { url: 'http://node:9400/metrics', name: 'node:9400', host: 'node' };

/**
 * Burnrate's own rules, at the cadence that its source of telemetry has by default. The exporter
 * is asked when it may have written anew; the rules look when the collector would: at once at what
 * is news, else at leisure.
 */
export const burnrate: Watcher = (exporter, lastSecond, phase) => {
  const book = new AlertBook(rulesFrom(defaultConfig));
  const news = new News();
  news.configure(defaultConfig.alerts.idle.below);
  const rhythms = new Rhythms([ENDPOINT]);
  const job = jobView({ gpus: 2 });
  const spoke: number[] = [];
  const everyMs = dcgm.cadence.telemetry?.everyMs ?? 0;
  let lastAnswer = '';
  let samples: StoredSample[] = [];
  let alerts: Alert[] = [];
  const hasSuspect = () => alerts.some(({ state }) => state === 'pending');

  /** Asks at an instant; whether that is news. */
  function ask(now: number): boolean {
    const answer = exporter.ask(now / SECOND);
    const asked = { endpoint: ENDPOINT, askedAt: now, at: now };
    if (!answer) {
      rhythms.samplesOf(asked);
      return true;
    }
    const text = JSON.stringify(answer);
    const read = answer.map((reading) => sampleOf(reading, now));
    const told = rhythms.samplesOf({
      ...asked,
      result: { samples: read, anew: text !== lastAnswer },
    });
    lastAnswer = text;
    samples.push(...told.map((sample) => ({ ...sample, nodeId: sample.node, jobIds: [job.id] })));
    return news.hears(told) || hasSuspect();
  }

  function look(now: number): void {
    if (samples.length > 4000) samples = samples.filter(({ at }) => at >= now - MEMORY_MS);
    alerts = book.step(
      {
        ...sceneAt(now, [job], []),
        readings: (_, since) => samples.slice(samples.findIndex(({ at }) => at >= since)),
      },
      alerts,
    );
    for (const { firedAt } of alerts) if (firedAt === now) spoke.push(now / SECOND);
  }

  // The trace has one moment a second.
  let [askAt, askedAt, lookAt] = [phase * SECOND, 0, phase * SECOND + MINUTE];
  for (let now = askAt; now <= lastSecond * SECOND; now = Math.min(askAt, lookAt)) {
    if (now === askAt) {
      lookAt = Math.min(lookAt, ask(now) ? now : now + LEISURE_MS);
      const due = rhythms.nextAt(everyMs)?.to ?? now + everyMs;
      askAt = Math.max(now + SECOND, Math.ceil(due / SECOND) * SECOND);
      askedAt = now;
    }
    if (now >= lookAt) {
      look(now);
      lookAt = now + MINUTE;
    }
    if (hasSuspect()) askAt = Math.max(now + SECOND, Math.min(askAt, askedAt + everyMs));
  }
  return spoke;
};

function sampleOf(reading: Reading, at: number): Sample {
  return {
    at,
    node: ENDPOINT.host,
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

import type { Progress } from '../../model/progress.ts';
import type { Sample } from '../../model/sample.ts';
import { type Instant, MINUTE, SECOND } from '../../model/time.ts';
import type { Traffic } from '../../model/traffic.ts';
import { Gpus, gpuOf, type Labels } from '../gpu_series.ts';
import { isCounter, JobCounters } from '../job_counters.ts';
import { isTraffic, MANY_DEVICES, NodeTraffic, WANTED } from '../node_traffic.ts';
import type { Series } from './answer.ts';

/** What is older tells nothing of now. */
export const FRESH_MS = 2 * MINUTE;

/** Readings of one GPU so far apart are of two scrapes. */
const SAME_SCRAPE_MS = SECOND;

/** A series of interest, with its latest reading. */
interface Reading {
  family: number;
  labels: Labels;
  at: Instant;
  value: number;
}

const FAMILIES = new Map(WANTED.families.map((name, index) => [name, index]));

/**
 * Of all series of GPUs and of jobs' counters, what was read in the last two minutes. A range and not an instant: that
 * would say when the question was asked, not when the reading was taken; and with no range of its
 * own it would show five minutes old readings as new.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#range-vectors
 */
export function queryOf(selector: string | undefined): string {
  const more = selector ? `,${selector.trim().replace(/,$/, '')}` : '';
  return `{__name__=~"${WANTED.families.join('|')}",device!~"${MANY_DEVICES}"${more}}[${FRESH_MS / SECOND}s]`;
}

/** What the series show; GPUs of which nobody knows the machine are left out, and counted. */
export function samplesOf(
  series: readonly Series[],
  now: Instant,
): { samples: Sample[]; nameless: number } {
  const ofGpus = series.filter(({ metric }) => !isCounter(familyOf(metric)));
  const byGpu = Map.groupBy(ofGpus.flatMap(readingOf), ({ labels }) => gpuOf(labels));
  const seen = [...byGpu.values()].flatMap((readings) => lastScrape(readings, now));
  const samples = seen.filter(({ node }) => node !== '');
  return { samples, nameless: seen.length - samples.length };
}

/** What the series say of jobs' own counters, each with the time of its own last scrape. */
export function progressOf(series: readonly Series[], now: Instant): Progress[] {
  return series
    .filter(({ metric }) => isCounter(familyOf(metric)) && !isTraffic(familyOf(metric)))
    .flatMap((one) => {
      const [reading] = readingOf(one);
      if (!reading) return [];
      const counters = new JobCounters();
      counters.take(reading.family, reading.labels, reading.value);
      return counters.progress(Math.min(reading.at, now));
    });
}

/** What machines sent and wrote, each with the time of its own last scrape. */
export function trafficOf(series: readonly Series[], now: Instant): Traffic[] {
  const readings = series.filter(({ metric }) => isTraffic(familyOf(metric))).flatMap(readingOf);
  return [...Map.groupBy(readings, ({ at }) => at)].flatMap(([at, together]) => {
    const traffic = new NodeTraffic();
    for (const { family, labels, value } of together) traffic.take(family, labels, value);
    return traffic.traffic('', Math.min(at, now));
  });
}

function familyOf({ __name__: name = '' }: Series['metric']): number {
  return FAMILIES.get(name) ?? -1;
}

/**
 * A GPU as the last scrape saw it. Series of earlier ones are of pods and jobs that have left the
 * GPU since, or a second server's copy of the same readings.
 */
function lastScrape(readings: readonly Reading[], now: Instant): Sample[] {
  const at = readings.reduce((latest, reading) => Math.max(latest, reading.at), 0);
  const gpus = new Gpus();
  for (const { at: readAt, family, labels, value } of readings)
    if (at - readAt < SAME_SCRAPE_MS) gpus.take(family, labels, value);
  // The server's clock may be ahead of this machine's; no reading is of the future.
  return gpus.samples('', Math.min(at, now));
}

function readingOf({ metric, values }: Series): Reading[] {
  const family = FAMILIES.get(metric.__name__ ?? '');
  const last = values?.at(-1);
  if (family === undefined || !last) return [];
  const [seconds, text] = last;
  // Either no value, or a server's mark that the series has ended: its labels are of the past.
  if (text === 'NaN') return [];
  const own = isExportersOwn(metric);
  const labels = WANTED.labels.map((name) => (own && OWN.has(name) ? undefined : metric[name]));
  return [{ family, labels, at: Math.round(seconds * SECOND), value: Number(text) }];
}

const OWN = new Set(['pod', 'namespace', 'container', 'pod_name', 'pod_namespace']);

/**
 * Whether `pod` is the exporter's own. A Prometheus in Kubernetes puts the scraped pod there, and
 * the exporter's label for who uses the GPU becomes `exported_pod`; which is gone where nobody does.
 */
function isExportersOwn({ pod, container, exported_pod }: Series['metric']): boolean {
  return !exported_pod && /\bexporter\b/.test(`${container ?? ''} ${pod ?? ''}`);
}

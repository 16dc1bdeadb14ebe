import { ExpositionReader } from '@burnrate/shared/sources/exposition/reader.ts';
import { Gpus, WANTED } from '@burnrate/shared/sources/gpu_series.ts';
import parsePrometheusTextFormat from 'parse-prometheus-text-format';
import { getMetricsFromIterator } from 'prom2javascript';
import { exposition } from './exposition.ts';
import type { Bench, Figure } from './figure.ts';

/** The least share of a bare scan's speed that reading must reach. */
const TARGET = 0.08;
/** How many times as fast as the parsers that npm has it must be. */
const TARGET_TIMES = 10;
/** They take long: a hundredth of the bytes is enough to tell. */
const THEIR_SHARE = 0.01;
const ROUNDS = 15;
const BYTES_A_ROUND = 64 * 1024 * 1024;

/**
 * How fast an exposition is read, from bytes to readings by GPU, against a bare scan of the same
 * bytes for line ends: a ratio, so that it means the same on every machine. Rounds alternate and
 * the medians count, so that a busy machine disturbs both alike.
 */
export const parse: Bench = {
  name: 'parse',
  async run(): Promise<Figure[]> {
    const bytes = exposition(64);
    const times = Math.ceil(BYTES_A_ROUND / bytes.length);
    const theirTimes = Math.ceil(times * THEIR_SHARE);
    const scans: number[] = [];
    const reads: number[] = [];
    const theirs = new Map(Object.keys(PARSERS).map((name) => [name, [] as number[]]));
    for (let round = 0; round < ROUNDS; round += 1) {
      scans.push(secondsOf(times, () => scan(bytes)));
      reads.push(secondsOf(times, () => read(bytes)));
      for (const [name, parse] of Object.entries(PARSERS)) {
        const start = performance.now();
        for (let time = 0; time < theirTimes; time += 1) await parse(bytes.toString('utf8'));
        theirs.get(name)?.push((performance.now() - start) / 1000);
      }
    }
    const megabytes = (bytes.length * times) / 1e6;
    const scanSpeed = megabytes / median(scans);
    const readSpeed = megabytes / median(reads);
    const ratio = round(readSpeed / scanSpeed, 3);
    const speed = round(readSpeed, 0);
    return [
      {
        name: 'parse: share of a bare scan',
        value: ratio,
        unit: 'ratio',
        target: TARGET,
        holds: ratio >= TARGET,
      },
      { name: 'parse: speed', value: speed, unit: 'MB/s', target: 100, holds: speed >= 100 },
      ...[...theirs].map(([name, seconds]): Figure => {
        const theirSpeed = (bytes.length * theirTimes) / 1e6 / median(seconds);
        const value = round(readSpeed / theirSpeed, 1);
        const holds = value >= TARGET_TIMES;
        return { name: `parse: against ${name}`, value, unit: 'x', target: TARGET_TIMES, holds };
      }),
    ];
  },
};

/** What npm has for the format: each makes objects of all of it. */
const PARSERS: Record<string, (text: string) => unknown> = {
  'parse-prometheus-text-format': parsePrometheusTextFormat,
  prom2javascript: (text) => getMetricsFromIterator(text.split('\n').values()),
};

function read(bytes: Buffer): number {
  const gpus = new Gpus();
  const reader = new ExpositionReader(WANTED, gpus.take);
  reader.push(bytes);
  return reader.end().readings;
}

function scan(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}

function secondsOf(times: number, task: () => number): number {
  const start = performance.now();
  let sum = 0;
  for (let time = 0; time < times; time += 1) sum += task();
  if (sum === 0) throw new Error('nothing was read: there is nothing to measure');
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

if (import.meta.main) {
  for (const figure of await parse.run()) console.log(JSON.stringify(figure));
}

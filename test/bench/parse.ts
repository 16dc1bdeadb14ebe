import { ExpositionReader } from '@burnrate/shared/sources/exposition/reader.ts';
import { Gpus, WANTED } from '@burnrate/shared/sources/gpu_series.ts';
import { exposition } from './exposition.ts';
import type { Bench, Figure } from './figure.ts';

/** The least share of a bare scan's speed that reading must reach. */
const TARGET = 0.08;
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
    const scans: number[] = [];
    const reads: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      scans.push(secondsOf(times, () => scan(bytes)));
      reads.push(secondsOf(times, () => read(bytes)));
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
    ];
  },
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

import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { Answer, Question } from '../../../../shared/invoices/table/parquet_apart.ts';

/**
 * A decoder under the product's own watch, that does what the name of the file says, as real ones do
 * with damaged files.
 */
const kept: unknown[] = [];
const ways: Readonly<Record<string, () => void>> = {
  hang: () => {
    // Without end, and without taking the processor from other tests.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  fill: () => {
    for (;;) kept.push(Array.from({ length: 1000 }, () => ({ at: kept.length })));
  },
  swell: () => {
    for (;;) kept.push(new Uint8Array(16 << 20).fill(1));
  },
  end: () => process.exit(7),
};

const DECODER = new URL('../../../../shared/invoices/table/parquet_decoder.ts', import.meta.url);
if (isMainThread) {
  new Worker(fileURLToPath(DECODER), {
    workerData: { parent: process.ppid, mostMib: Number(process.argv[2]) },
  });
}
const say = (answer: Answer) =>
  parentPort ? parentPort.postMessage(answer) : process.send?.(answer);
(parentPort ?? process).on('message', ({ ask, ...question }: Question) => {
  const place: Answer = {
    answer: 'place',
    place: 'row group 2 of 3 (rows 101 to 200), column Cost',
  };
  say(place);
  if (ask === 'open' && 'path' in question) ways[question.path]?.();
});

import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { parquetTable } from './parquet.ts';
import type { Answer, Question } from './parquet_apart.ts';
import { type Rows, type Table, TableError } from './table.ts';

/**
 * Decodes Parquet files, one after the other, and answers question by question; may be ended at any
 * moment. It says what it does next before it does it. As a process it has a thread that watches it,
 * for what decodes a damaged file may never come to look at anything else.
 */
const LOOK_EVERY_MS = 100;
const MIB = 1 << 20;

/** Ends the process, at once, where it has grown too large or nobody waits for it any more. */
function watch(parent: number, mostMib: number): void {
  setInterval(() => {
    const isTooLarge = process.memoryUsage.rss() / MIB > mostMib;
    if (isTooLarge || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, LOOK_EVERY_MS);
}

function decode(say: (answer: Answer) => void): (question: Question) => void {
  let file: FileHandle | undefined;
  let table: Table | undefined;
  let rows: AsyncIterator<Rows> | undefined;
  const answer = async (question: Question): Promise<Answer> => {
    switch (question.ask) {
      case 'open':
        await file?.close();
        file = await open(question.path);
        table = await parquetTable(file, (place) => say({ answer: 'place', place }));
        return { answer: 'names', names: table.names };
      case 'read':
        rows = table?.read(question.columns)[Symbol.asyncIterator]();
        return { answer: 'begun' };
      case 'more': {
        const next = await rows?.next();
        return next?.done === false ? { answer: 'rows', rows: next.value } : { answer: 'end' };
      }
    }
  };
  return (question) => {
    answer(question).then(say, (error: unknown) => {
      const { message, code } = error as NodeJS.ErrnoException;
      say({ answer: 'failed', message, code, isTable: error instanceof TableError });
    });
  };
}

if (isMainThread) {
  const [, , mostMib] = process.argv;
  new Worker(fileURLToPath(import.meta.url), {
    workerData: { parent: process.ppid, mostMib: Number(mostMib) },
  }).unref();
  process.on(
    'message',
    decode((answer) => process.send?.(answer)),
  );
  process.on('disconnect', () => process.exit());
} else if (workerData.decodes) {
  parentPort?.on(
    'message',
    decode((answer) => parentPort?.postMessage(answer)),
  );
} else watch(workerData.parent, workerData.mostMib);

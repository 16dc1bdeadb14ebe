import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Answer, Question } from './parquet_apart.ts';

/** What decodes, elsewhere than in this thread. */
export interface Decoder {
  send(question: Question): void;
  kill(): void;
}

/** How it is started: what it may take of the memory in MiB, and who hears of it. */
export interface Begin {
  program: string;
  /** Its objects, and the whole of it. */
  heapMib: number;
  wholeMib: number;
  hear: (answer: Answer) => void;
  /** It ended: for want of memory, or for the reason that is told. */
  ended: (why: 'memory' | { reason: string }) => void;
}

/** How a process ends that V8, its own watch, or the system ends for want of memory. */
const FULL_SIGNALS = ['SIGABRT', 'SIGKILL', 'SIGTRAP', 'SIGILL'];
const FULL_CODES = [134, 0xc0000409];

/**
 * A process: V8 answers want of memory by ending one, with all of its threads. The tray app alone
 * cannot have one, for it is Electron and must not be turned into Node.js; it makes do with a thread.
 */
export function beginDecoder(begin: Begin): Decoder {
  return (process as { type?: string }).type === 'browser' ? inThread(begin) : inProcess(begin);
}

function inProcess({ program, heapMib, wholeMib, hear, ended }: Begin): Decoder {
  const child = fork(program, [String(wholeMib)], {
    execArgv: [`--max-old-space-size=${heapMib}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const fail = ({ message }: Error) => ended({ reason: message });
  child.on('message', hear).on('error', fail);
  child.on('exit', (code, signal) => {
    const isFull = FULL_SIGNALS.includes(signal ?? '') || FULL_CODES.includes(code ?? 0);
    ended(isFull ? 'memory' : { reason: `it ended (${signal ?? code})` });
  });
  return {
    send: (question) => child.send(question, (error) => error && fail(error)),
    kill: () => child.kill('SIGKILL'),
  };
}

export function inThread({ program, heapMib, hear, ended }: Begin): Decoder {
  const thread = new Worker(program, {
    workerData: { decodes: true },
    resourceLimits: { maxOldGenerationSizeMb: heapMib },
  });
  thread.on('message', hear);
  thread.on('error', ({ code, message }: NodeJS.ErrnoException) =>
    ended(code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : { reason: message }),
  );
  thread.on('exit', (code) => ended({ reason: `it ended (${code})` }));
  return {
    send: (question) => thread.postMessage(question),
    kill: () => void thread.terminate(),
  };
}

/** The program: beside this file, or beside the bundle or the folder of its chunks. */
export function decoderProgram(): string {
  const places = ['./parquet_decoder.ts', './parquet.mjs', '../parquet.mjs'];
  const files = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return files.find((path) => existsSync(path)) ?? files[0] ?? '';
}

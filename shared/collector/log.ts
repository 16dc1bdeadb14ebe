import { appendFileSync, renameSync, statSync } from 'node:fs';
import { withoutSecrets } from './border.ts';

/** The collector's diary, for people: one line an event, bounded in size, without secrets. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string, cause?: unknown): void;
}

const MAX_BYTES = 1024 * 1024;

/**
 * Appends to `file`; at a megabyte it becomes `file.1`, which replaces the one before. Written at
 * once, so that the last line before a crash is there. A log that cannot be written must not stop
 * the collector: it goes to stderr instead.
 */
export function openLog(file: string, maxBytes = MAX_BYTES): Log {
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;

  function write(level: string, message: string): void {
    const line = `${new Date().toISOString()} ${process.pid} ${level} ${withoutSecrets(message)}\n`;
    try {
      if (size > 0 && size + line.length > maxBytes) {
        renameSync(file, `${file}.1`);
        size = 0;
      }
      appendFileSync(file, line, { mode: 0o600 });
      size += Buffer.byteLength(line);
    } catch (error) {
      process.stderr.write(`${line}(${file}: ${(error as Error).message})\n`);
    }
  }

  return {
    info: (message) => write('info', message),
    warn: (message) => write('warn', message),
    error: (message, cause) => {
      const detail = cause instanceof Error ? (cause.stack ?? cause.message) : cause;
      write('error', detail === undefined ? message : `${message}: ${String(detail)}`);
    },
  };
}

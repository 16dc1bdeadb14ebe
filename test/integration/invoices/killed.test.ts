import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openBills } from '../../../shared/store/bills/bills.ts';
import { writeFocusFile } from '../../bench/focus_file.ts';
import { contents } from '../../unit/invoices/bills.ts';

const PROGRAM = fileURLToPath(new URL('../../bench/import_program.ts', import.meta.url));
const ROUNDS = 6;
/** Each round imports the files several times, on a machine that may do other things too. */
const LIMIT_MS = 900_000;

/** Imports the files in a process of its own; undefined where it ended by itself. */
async function importing(bills: string, files: readonly string[], killAfterMs?: number) {
  const child = spawn(process.execPath, [PROGRAM, bills, ...files], { stdio: 'ignore' });
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  if (killAfterMs !== undefined) {
    await Promise.race([pause(killAfterMs), ended]);
    child.kill('SIGKILL');
  }
  const [code, signal] = await ended;
  if (signal === null && code !== 0) throw new Error(`the import ended with ${code}`);
  return signal;
}

function kept(path: string): string[] {
  const bills = openBills(path, Date.now);
  try {
    expect(bills.connection.database.pragma('integrity_check', { simple: true })).toBe('ok');
    return contents(bills);
  } finally {
    bills.close();
  }
}

test(
  'an import that is killed at any point, and done again in any order, leaves the same lines',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'burnrate-killed-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const files = [1, 2, 3].map((seed) => join(folder, `bill-${seed}.csv`));
    for (const [index, file] of files.entries()) {
      await writeFocusFile(file, { lines: 12_000, resources: 100, seed: index + 1 });
      // Editions of one bill: the third is the newest, and has the last word on every line.
      utimesSync(file, 1_760_000_000 + index, 1_760_000_000 + index);
    }
    const untouched = join(folder, 'untouched.db');
    const startedAt = Date.now();
    await importing(untouched, files);
    const wholeMs = Date.now() - startedAt;
    const expected = kept(untouched);
    expect(expected).toHaveLength(12_000);

    let killed = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const path = join(folder, `round-${round}.db`);
      const order = files.toSorted(() => Math.random() - 0.5);
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const after = wholeMs * (0.2 + Math.random());
        if ((await importing(path, order, after)) === 'SIGKILL') killed += 1;
        // Whole files or nothing of them.
        expect(kept(path).length % 12_000).toBe(0);
      }
      await importing(path, order.toReversed());
      expect(kept(path)).toEqual(expected);
    }
    expect(killed).toBeGreaterThan(0);
  },
  LIMIT_MS,
);

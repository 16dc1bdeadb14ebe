import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Bench, Figure } from './figure.ts';
import { writeFocusFile } from './focus_file.ts';

const PROGRAM = fileURLToPath(new URL('./import_program.ts', import.meta.url));
const WHOLE = 5_000_000;

/**
 * A month's bill of 5 million lines is imported by a process of its own, from a CSV file in gzip.
 * `BURNRATE_BENCH_LINES` takes fewer; the time is then told as what 5 million would have taken.
 */
export const importing: Bench = {
  name: 'import',
  async run() {
    const lines = Number(process.env.BURNRATE_BENCH_LINES ?? WHOLE);
    const folder = await mkdtemp(join(tmpdir(), 'burnrate-bench-'));
    try {
      const file = join(folder, 'bill.csv.gz');
      await writeFocusFile(file, { lines, resources: Math.ceil(lines / 700), zipped: true });
      const taken = await importIn(join(folder, 'bills.db'), file);
      if (taken.lines !== lines) throw new Error(`imported ${taken.lines} of ${lines} lines`);
      const whole = (taken.cpuSeconds * WHOLE) / lines;
      return [
        figure('import-cpu-of-5-million-lines', whole, 's', 60),
        figure('import-memory', taken.megabytes, 'MB', 500),
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface Taken {
  lines: number;
  cpuSeconds: number;
  megabytes: number;
}

async function importIn(bills: string, file: string): Promise<Taken> {
  const child = spawn(process.execPath, [PROGRAM, bills, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = await text(child.stdout);
  return JSON.parse(output) as Taken;
}

function figure(name: string, value: number, unit: string, target: number): Figure {
  return { name, value: Math.round(value * 10) / 10, unit, target, holds: value <= target };
}

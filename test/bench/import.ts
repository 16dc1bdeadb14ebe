import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Bench, Figure } from './figure.ts';
import { writeFocusFile } from './focus_file.ts';
import type { Taken } from './import_taken.ts';

const WHOLE = 5_000_000;
/** The most CPU time that an import may take, of what bare reading takes. */
const TARGET_TIMES = 1.2;

/**
 * A month's bill of 5 million lines is imported by a process of its own, from a CSV file in gzip;
 * and the same file is only cut into its cells, by another. So one figure says how fast this machine
 * imports, and one how fast the import is. `BURNRATE_BENCH_LINES` takes fewer; the time is then told
 * as what 5 million would have taken.
 */
export const importing: Bench = {
  name: 'import',
  async run() {
    const lines = Number(process.env.BURNRATE_BENCH_LINES ?? WHOLE);
    const folder = await mkdtemp(join(tmpdir(), 'burnrate-bench-'));
    try {
      const file = join(folder, 'bill.csv.gz');
      await writeFocusFile(file, { lines, resources: Math.ceil(lines / 700), zipped: true });
      const bare = await takenBy('import_bare.ts', [file], lines);
      const whole = await takenBy('import_program.ts', [join(folder, 'bills.db'), file], lines);
      return [
        figure('import-cpu-of-5-million-lines', (whole.cpuSeconds * WHOLE) / lines, 's', 60),
        figure(
          'import-cpu-against-papaparse',
          whole.cpuSeconds / bare.cpuSeconds,
          'x',
          TARGET_TIMES,
        ),
        figure('import-memory', whole.megabytes, 'MB', 500),
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function takenBy(program: string, args: string[], lines: number): Promise<Taken> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const taken = JSON.parse(await text(child.stdout)) as Taken;
  if (taken.lines !== lines) throw new Error(`${program} read ${taken.lines} of ${lines} lines`);
  return taken;
}

function figure(name: string, value: number, unit: string, target: number): Figure {
  return { name, value: Math.round(value * 100) / 100, unit, target, holds: value <= target };
}

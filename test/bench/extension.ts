import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDemo } from '@burnrate/shared/cli/demo.ts';
import { openWorkbench, workbenchMissing } from '../e2e/vscode/open_workbench.ts';
import { until } from '../unit/collector/live.ts';
import type { Bench, Figure } from './figure.ts';

const PROBE = fileURLToPath(new URL('extension/probe.cjs', import.meta.url));
const DIST = fileURLToPath(new URL('../../extension/dist', import.meta.url));

const ACTIVATION_MS = 50;
const BUNDLE_KB = 1_000;
const FIGURE_MS = { without: 3_000, with: 1_000 };
const PATIENCE_MS = 120_000;
const STARTS = 3;

/** What one start of a window says: see extension/probe.cjs. */
interface Start {
  loadMs: number;
  activateMs: number;
  afterMs: number;
  figureMs: number;
  languageClients: number;
}

/** The packaged extension in the extension host of a real VS Code workbench, beside the demo's fleet. */
export const extension: Bench = {
  name: 'extension',
  async run(): Promise<Figure[]> {
    const missing = await workbenchMissing();
    if (missing) throw new Error(`VS Code's workbench cannot be had here: ${missing}`);
    const { cold, warm } = await starts();
    const cpuMs = [cold, ...warm].map(
      ({ loadMs, activateMs, afterMs }) => loadMs + activateMs + afterMs,
    );
    return [
      atMost('extension: CPU of loading and activating', median(cpuMs), 'ms', ACTIVATION_MS),
      atMost('extension: first figure, collector started', cold.figureMs, 'ms', FIGURE_MS.without),
      atMost(
        'extension: first figure, collector running',
        median(warm.map(({ figureMs }) => figureMs)),
        'ms',
        FIGURE_MS.with,
      ),
      atMost('extension: language clients without a job file', cold.languageClients, 'loaded', 0),
      atMost('extension: bundle', bundleBytes() / 1_000, 'kB', BUNDLE_KB),
    ];
  },
};

async function starts() {
  const folder = mkdtempSync(join(tmpdir(), 'burnrate-probe-'));
  const file = join(folder, 'starts');
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rmSync(folder, { recursive: true, force: true }));
  const demo = await startDemo();
  undo.defer(() => demo.stop());
  const told = async (count: number): Promise<Start> => {
    const lines = await until(
      'the figure of a start',
      () => {
        const said = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
        return said.length >= 2 * count && said;
      },
      PATIENCE_MS,
    );
    return Object.assign({}, ...lines.slice(2 * count - 2).map((line) => JSON.parse(line)));
  };
  const { workbench } = undo.use(
    await openWorkbench(
      { ...demo.env, BURNRATE_PROBE_FILE: file },
      {
        prepare: (installed) => {
          const dist = join(installed, 'dist');
          renameSync(join(dist, 'extension.js'), join(dist, 'measured.js'));
          copyFileSync(PROBE, join(dist, 'extension.js'));
        },
      },
    ),
  );
  const cold = await told(1);
  const warm: Start[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    await workbench.page.reload();
    warm.push(await told(start + 2));
  }
  return { cold, warm };
}

/** The middle one, of an even number the greater: one start says little on a busy machine. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** All that the extension is but its collector. */
function bundleBytes(): number {
  return readdirSync(DIST, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && !join(entry.parentPath, entry.name).startsWith(join(DIST, 'collector')),
    )
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function atMost(name: string, value: number, unit: string, target: number): Figure {
  return { name, value: Math.round(value), unit, target, holds: value <= target };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RunLogs } from '@burnrate/shared/sources/run_logs/run_logs.ts';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { expect, test } from 'vitest';
import { runLogs as writers } from '../../python_tools.ts';

const program = fileURLToPath(new URL('train.py', import.meta.url));

test('the steps that TensorBoard, MLflow and W&B write are read while the program runs', {
  timeout: 500_000,
}, async () => {
  const missing = await writers.install();
  if (missing) throw new Error(missing);
  const folder = await mkdtemp(join(tmpdir(), 'burnrate-run-logs-'));
  const child = spawn(writers.bin('python'), [program, folder], {
    env: { ...process.env, HOME: folder },
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString();
  });
  try {
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    expect(child.exitCode, said).toBeNull();
    const logs = new RunLogs(thisMachine());
    const read = async () => {
      const found = await logs.read([folder], { job: 'x' }, 0, AbortSignal.timeout(20_000));
      const pairs = found.map(({ series, value }): [string, number] => [
        series.slice(folder.length).split('/')[1] ?? '',
        value,
      ]);
      return Object.fromEntries(pairs);
    };
    // W&B writes down what it was told within seconds.
    const until = Date.now() + 120_000;
    while ((await read()).wandb !== 199 && Date.now() < until) await pause(500);
    expect(await read()).toEqual({ runs: 199, mlruns: 199, wandb: 199 });
  } finally {
    child.stdin.end('\n');
    if (child.exitCode === null) await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
});

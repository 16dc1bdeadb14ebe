import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { openStage, type Stage, stageMissing } from './stage.ts';

const missing = await stageMissing();
if (missing) console.warn(`VS Code is not tested: ${missing}`);

const SCRIPT = `#!/bin/sh
#SBATCH --gres=gpu:a100:2
#SBATCH --job-name=from-file
exec sleep 3600
`;
const TASK = `name: pretrain
resources:
  accelerators: A100:8
run: python train.py
`;

describe.skipIf(missing)('prices in job files, in a real VS Code', () => {
  let stage: Stage;
  let folder: string;

  beforeAll(async () => {
    stage = await openStage();
    folder = join(stage.paths.config, '..', 'project');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'train.sh'), SCRIPT);
    writeFileSync(join(folder, 'task.yaml'), TASK);
    const { page } = stage.workbench;
    const url = new URL(page.url());
    url.searchParams.set('folder', folder);
    await stage.workbench.open(url.href);
    await until('the nodes to be priced', async () =>
      (await stage.snapshot()).nodes.some(({ price }) => price),
    );
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  test('a SkyPilot task shows what it costs, where it is cheapest, and what speaks against it', async () => {
    const { workbench } = stage;
    await workbench.openFile('task.yaml');
    await workbench.lens(/^8x A100 · \$\d+\.\d\d\/h list on /).waitFor();
    await workbench.page.getByText('resources', { exact: true }).first().hover();
    await workbench.hover.getByText('The same elsewhere').waitFor();
    expect(await workbench.hover.textContent()).toContain('No autostop');
    await workbench.picture('job-file');
    await workbench.page.mouse.move(640, 700);
  });

  test('a quick fix gives a batch script its time limit, and the price follows', async () => {
    const { workbench } = stage;
    const { page } = workbench;
    await workbench.openFile('train.sh');
    await workbench.lens(/^2x a100 · \$8\.20\/h list on Slurm lab( ·|$)/).waitFor();
    await workbench.fix('--gres', 'Add a time limit of 24 hours');
    await workbench
      .lens(/^2x a100 · \$8\.20\/h list on Slurm lab · up to \$196\.80 at --time=24:00:00( ·|$)/)
      .waitFor();
    await page.keyboard.press('ControlOrMeta+S');
  });

  test('it is launched with a budget, which holds for the job, and its live cost stands above it', async () => {
    const { workbench, cluster } = stage;
    const { page } = workbench;
    await workbench.insist(async () => {
      await workbench.lens('Launch with budget…').click({ timeout: 10_000 });
      await workbench.input.fill('50', { timeout: 10_000 });
      await page.keyboard.press('Enter');
      await workbench.choose('Stop it at the ceiling', 10_000);
    });
    const job = await until(
      'the launched job',
      async () =>
        (await stage.snapshot()).jobs.find(
          ({ name, state }) => name === 'from-file' && state === 'running',
        ),
      90_000,
    );
    expect(job.budget).toEqual({ ceiling: 50e6, action: 'stop' });
    await workbench.lens(/^● runs now: \$8\.20\/h list · \$[\d.]+ so far/).waitFor();
    await workbench.picture('launched');
    await cluster.command('scancel', job.nativeId);
  });
});

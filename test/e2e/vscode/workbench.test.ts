import { setTimeout as pause } from 'node:timers/promises';
import { readOwner } from '@burnrate/shared/protocol/launch.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive, kill, until } from '../../unit/collector/live.ts';
import { openStage, type Stage, stageMissing } from './stage.ts';

const missing = await stageMissing();
if (missing) console.warn(`VS Code is not tested: ${missing}`);

/** The bar: from the drop at the endpoint to the notification, at the default cadence. */
const NOTIFIED_WITHIN_MS = 60_000;
/** Readings of work that a job must have before its idleness is its own and not a slow start. */
const WORKED_READINGS = 5;

describe.skipIf(missing)('in a real VS Code', () => {
  let stage: Stage;
  let job: string;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  test('the readout appears, and changes when a job starts', async () => {
    const { workbench, submit } = stage;
    await until('no job to cost anything', async () =>
      (await workbench.spoken()).startsWith('Burnrate: $0.00 per hour'),
    );
    job = await submit('train-70b');
    await until(
      'the job in the readout',
      async () => (await workbench.spoken()).startsWith('Burnrate: $16.40 per hour'),
      90_000,
    );
    await expect(workbench.readout.textContent()).resolves.toMatch(/\$16\.40\/h · \$0\.\d+ today/);
  });

  test('the tree shows the job below its cluster, with what it does and costs', async () => {
    const { workbench } = stage;
    await workbench.openJobs();
    const row = workbench.row('train-70b');
    await row.waitFor();
    await until('its activity', async () =>
      /\$16\.40\/h \(list\) · [ ▁-█]* 92% · 4 GPUs/.test((await row.textContent()) ?? ''),
    );
    await row.hover();
    await row.getByRole('button', { name: 'Stop a Job' }).waitFor();
    await workbench.picture('tree');
  });

  test('the panel opens with the chart', async () => {
    const { workbench } = stage;
    await workbench.openPanel();
    await workbench.panel.getByText('train-70b').first().waitFor();
    await workbench.panel.locator('canvas').first().waitFor();
    await workbench.picture('panel');
  });

  test('after kill -9 of the collector the readout recovers by itself', async () => {
    const { workbench, paths } = stage;
    const { pid } = (await stage.snapshot()).collector;
    const before = await workbench.spoken();
    kill(pid, 'SIGKILL');
    await until('the collector to be gone', () => !isAlive(pid));
    const lost = Date.now();
    const owner = await until('another collector', () => {
      const now = readOwner(paths);
      return now && now.pid !== pid && isAlive(now.pid) && now;
    });
    console.log(`VS Code had a new collector after ${owner.startedAt - lost} ms`);
    await until(
      'the readout to go on',
      async () => {
        const spoken = await workbench.spoken();
        return spoken !== before && spoken.startsWith('Burnrate: $16.40 per hour');
      },
      90_000,
    );
    await expect(workbench.page.locator('.notification-toast').count()).resolves.toBe(0);
  });

  test('a GPU that goes idle is notified within a minute, with what can be done', async () => {
    const { workbench, exporter } = stage;
    await until(
      'the job to have worked',
      async () => {
        await pause(1_000);
        const [view] = (await stage.snapshot()).jobs;
        return (
          (view?.recentActivity.filter((one) => (one ?? 0) > 0.9).length ?? 0) >= WORKED_READINGS
        );
      },
      150_000,
    );
    exporter.busy = 0.18;
    const dropped = Date.now();
    const notification = workbench.notification('train-70b is idle');
    await notification.waitFor({ timeout: 2 * NOTIFIED_WITHIN_MS });
    const tookMs = Date.now() - dropped;
    console.log(`from the drop to the notification: ${(tookMs / 1000).toFixed(1)} s`);
    const buttons = await notification.getByRole('button').allTextContents();
    expect(buttons.filter(Boolean)).toEqual(['Stop job', 'Snooze', 'Show']);
    expect(await notification.textContent()).toContain(`Cancel job ${job}`);
    expect(await workbench.readout.getAttribute('class')).toContain('warning-kind');
    await pause(500);
    await workbench.picture('notification');
    expect(tookMs).toBeLessThanOrEqual(NOTIFIED_WITHIN_MS);
  });

  test('its Stop button says what is lost and ends the real job', async () => {
    const { workbench, cluster } = stage;
    await workbench
      .notification('train-70b is idle')
      .getByRole('button', { name: 'Stop job' })
      .click();
    await workbench.dialog.waitFor();
    const question = await workbench.dialog.textContent();
    expect(question).toContain('Stop train-70b?');
    expect(question).toContain('Lost for good:');
    expect(question).toContain(`scancel ${job}`);
    await workbench.picture('question');
    expect(await cluster.stateOf(job)).toBe('R');
    await workbench.dialog.getByRole('button', { name: 'Stop job' }).click();
    await until('Slurm to have cancelled it', async () =>
      ['CA', 'CG', undefined].includes(await cluster.stateOf(job)),
    );
    await workbench.notification('train-70b has stopped').waitFor();
    await workbench.picture('stopped');
    await until('nothing to cost anything', async () =>
      (await workbench.spoken()).startsWith('Burnrate: $0.00 per hour'),
    );
  });
});

import { startDemo } from '@burnrate/shared/cli/demo.ts';
import { expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { openWorkbench, workbenchMissing } from './open_workbench.ts';

const missing = await workbenchMissing();
if (missing) console.warn(`VS Code is not tested: ${missing}`);

// In a window of its own: each alert is told once, and one whose extensions start anew forgets it.
test.skipIf(missing)(
  'where the notification says all that is lost, one click stops the machine',
  async () => {
    await using undo = new AsyncDisposableStack();
    const demo = await startDemo();
    undo.defer(() => demo.stop());
    const { workbench } = undo.use(await openWorkbench(demo.env));
    await workbench.openJobs();
    await workbench.row('llama-finetune').waitFor();

    const notification = workbench.notification('llama-finetune is idle');
    await notification.waitFor({ timeout: 120_000 });
    expect(await notification.textContent()).toMatch(
      /Stop instance i-\w+ .*lost for good: .*8000 GB/,
    );
    await notification.getByRole('button', { name: 'Stop job' }).click();
    await workbench.notification('llama-finetune has stopped').waitFor();
    expect(await workbench.dialog.count()).toBe(0);
    await workbench.picture('one-click');
    const rate = async () =>
      Number(/\$([\d.]+) per hour/.exec(await workbench.spoken())?.[1] ?? Number.NaN);
    await until('the readout without it', async () => (await rate()) < 32);
    expect(await rate()).toBeGreaterThan(20);
  },
);

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { startDemo } from '@burnrate/shared/cli/demo.ts';
import { openWorkbench, workbenchMissing } from './open_workbench.ts';

/** A window small enough for its text to be read where a page shows the picture. */
const WINDOW = { width: 1080, height: 640 };
/** Where the tooltip is in that window, above the status bar. */
const READOUT = { x: 316, y: 232, width: 764, height: 408 };
const TASK = `name: pretrain
resources:
  infra: aws
  accelerators: A100:8
  autostop: 10
run: python train.py
`;

/**
 * Takes the pictures of the extension's README and walkthrough, from the demo in a real workbench,
 * into `folder`: `readout.png`, `jobs.png`, `notification.png`, `job-file.png`.
 */
export async function takePictures(folder: string): Promise<string[]> {
  const missing = await workbenchMissing();
  if (missing) throw new Error(`VS Code's workbench cannot be had here: ${missing}`);
  mkdirSync(folder, { recursive: true });
  await using undo = new AsyncDisposableStack();
  const demo = await startDemo();
  undo.defer(() => demo.stop());
  const project = join(dirname(demo.paths.config), 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'task.yaml'), TASK);
  const { workbench } = undo.use(await openWorkbench(demo.env, { project }));
  const { page } = workbench;
  await page.setViewportSize(WINDOW);
  const paths: string[] = [];
  const shot = async (name: string, x: number, y: number, width: number, height: number) => {
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path, clip: { x, y, width, height } });
    paths.push(path);
  };

  await workbench.openJobs();
  await workbench.row('protein-fold').waitFor();
  await workbench.openFile('task.yaml');
  await workbench.lens(/^8x A100 · /).waitFor();
  await page.getByText('resources', { exact: true }).first().hover();
  await workbench.hover.getByText('The same elsewhere').waitFor();
  await shot('job-file', 336, 36, 744, 420);
  await page.mouse.move(640, 600);

  const notification = workbench.notification('llama-finetune is idle');
  await notification.waitFor({ timeout: 120_000 });
  await workbench.row('llama-finetune').hover();
  await page.waitForTimeout(1_000);
  await shot('jobs', 0, 36, 350, 400);
  const box = await notification.boundingBox();
  const y = Math.max(0, (box?.y ?? 300) - 16);
  await shot('notification', 600, y, 480, WINDOW.height - y);

  await workbench.command('Notifications: Clear All Notifications');
  await workbench.command('Notifications: Toggle Do Not Disturb Mode');
  await page.mouse.move(640, 200);
  await page.waitForTimeout(2_000);
  // The tooltip is drawn anew, and for a moment gone, whenever its figures change.
  const link = workbench.hover.getByRole('link', { name: 'llama-finetune' });
  for (let whole = false; !whole; ) {
    await page.mouse.move(640, 200);
    await workbench.readout.hover();
    await link.waitFor();
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(folder, 'readout.png'), clip: READOUT });
    whole = await link.isVisible();
  }
  paths.push(join(folder, 'readout.png'));
  return paths;
}

if (import.meta.main) {
  const folder = process.argv[2];
  if (!folder) {
    console.error('usage: node test/e2e/vscode/pictures.ts <folder>');
    process.exit(2);
  }
  for (const path of await takePictures(resolve(folder))) console.log(path);
}

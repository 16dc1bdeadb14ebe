import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromiumMissing, launchChromium } from '../chromium.ts';
import {
  type CodeServer,
  type CodeServerOptions,
  installCodeServer,
  startCodeServer,
} from './code_server.ts';
import { Workbench } from './workbench.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Why the workbench cannot be tested here, as one line to skip with; undefined where it can. */
export async function workbenchMissing(): Promise<string | undefined> {
  return (await chromiumMissing()) ?? (await installCodeServer());
}

export interface OpenWorkbench extends Pick<CodeServer, 'folder'> {
  workbench: Workbench;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface WorkbenchOptions extends Omit<CodeServerOptions, 'vsix' | 'env'> {
  /** The folder to open, instead of an empty one. */
  project?: string;
}

/** Packs what was built, installs it into a VS Code of its own, and opens that in a browser. */
export async function openWorkbench(
  env: Record<string, string>,
  options: WorkbenchOptions = {},
): Promise<OpenWorkbench> {
  const vsix = await packExtension();
  await using undo = new AsyncDisposableStack();
  const server = undo.use(await startCodeServer({ vsix, env, ...options }));
  const browser = await launchChromium();
  undo.defer(() => browser.close());
  const workbench = new Workbench(
    await browser.newPage({
      viewport: { width: 1280, height: 800 },
      locale: 'en-US',
      permissions: ['clipboard-read', 'clipboard-write'],
    }),
  );
  const url = new URL(server.url);
  if (options.project) url.searchParams.set('folder', options.project);
  await workbench.open(url.href);
  const kept = undo.move();
  const { folder } = server;
  return { workbench, folder, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The VSIX of what was built, as `npm run package` makes it. */
async function packExtension(): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, 'shared', 'bootstrap', 'package.mjs'), 'vsix'],
    { cwd: root },
  );
  const path = /^release\/\S+\.vsix/m.exec(stdout)?.[0];
  if (!path) throw new Error(`no VSIX was made: ${stdout}`);
  return join(root, path);
}

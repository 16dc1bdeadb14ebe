import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hasDisplay } from './browser.ts';

/** A tray app that has ended by itself within this time could not start. */
const STARTS_WITHIN_MS = 4_000;

export interface Desktop {
  program: string;
  /** Electron's argument: the folder whose package.json names the app's main file. */
  app: string;
}

/**
 * The tray app, where it can be shown: it is built, `BURNRATE_ELECTRON` names Electron's program
 * (`npm start` finds or fetches it), and there is a display.
 */
export function findDesktop(env: NodeJS.ProcessEnv = process.env): Desktop | undefined {
  const program = env.BURNRATE_ELECTRON;
  if (!program || !hasDisplay(env) || !existsSync(program)) return undefined;
  const app = ['../../desktop', '../../../desktop']
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((folder) => existsSync(join(folder, 'dist', 'main.cjs')));
  return app === undefined ? undefined : { program, app };
}

/**
 * Runs the tray app until it is quit, or ends it when asked. False where it could not start.
 */
export async function runDesktop(
  { program, app }: Desktop,
  env: Readonly<Record<string, string>>,
  asked: AbortSignal,
  onStarted: () => void,
): Promise<boolean> {
  const child = spawn(program, [app], { env: { ...process.env, ...env }, stdio: 'ignore' });
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code) => resolve(code ?? 0));
  });
  const end = () => child.kill();
  asked.addEventListener('abort', end, { once: true });
  const early = await Promise.race([ended, pause(STARTS_WITHIN_MS)]);
  if (early !== undefined && early !== 0 && !asked.aborted) return false;
  if (!asked.aborted) onStarted();
  await ended;
  return true;
}

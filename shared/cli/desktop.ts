import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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
 * The tray app, where it can be shown: it is built, Electron's program is there
 * (`BURNRATE_ELECTRON` names another), and there is a display.
 */
export function findDesktop(env: NodeJS.ProcessEnv = process.env): Desktop | undefined {
  if (!hasDisplay(env)) return undefined;
  for (const place of ['../..', '../../..']) {
    const root = fileURLToPath(new URL(place, import.meta.url));
    const app = join(root, 'desktop');
    if (!existsSync(join(app, 'dist', 'main.cjs'))) continue;
    const program = env.BURNRATE_ELECTRON || electronIn(join(root, 'node_modules', 'electron'));
    return program && existsSync(program) ? { program, app } : undefined;
  }
  return undefined;
}

/** The package's own note of where its program lies; absent until it has been fetched. */
function electronIn(folder: string): string | undefined {
  const note = join(folder, 'path.txt');
  return existsSync(note) ? join(folder, 'dist', readFileSync(note, 'utf8').trim()) : undefined;
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

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { App } from 'electron';
import { commandOf, type Program } from './collector_launch.ts';

/**
 * The collector as a mode of this program (see collector_launch.ts): no window, no lock, and its
 * own place for what Chromium keeps. It ends the process itself.
 */
export async function beCollector(app: App, program: Program, dist: string): Promise<void> {
  app.dock?.hide();
  app.disableHardwareAcceleration();
  app.setPath('sessionData', join(app.getPath('userData'), 'collector'));
  // macOS takes any process of an app for the app: what it hands to this one goes to the tray app,
  // which a second start reaches, or starts where it does not run.
  app.on('open-url', (event, url) => {
    event.preventDefault();
    startTrayApp(program, url);
  });
  app.on('activate', () => startTrayApp(program));
  app.on('before-quit', () => process.emit('SIGTERM', 'SIGTERM'));
  // Electron sets its own signal handlers until then; the collector's must come after them.
  await app.whenReady();
  try {
    await import(pathToFileURL(join(dist, 'collector', 'collector.mjs')).href);
  } catch (error) {
    console.error('The collector could not be started:', error);
    app.exit(1);
  }
}

function startTrayApp(program: Program, ...args: string[]): void {
  const { command, args: own } = commandOf(program);
  spawn(command, [...own, ...args], { detached: true, stdio: 'ignore' })
    .on('error', (error) => console.error('The tray app could not be started:', error))
    .unref();
}

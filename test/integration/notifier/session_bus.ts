import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { debianPackages } from '../../debian.ts';

/** Why nothing of a desktop can be had here, in one line; undefined where it can. */
export const desktopMissing = () => debianPackages('dbus', 'desktop-file-utils', 'python3-gi');

/** A session bus of a test's own, and its address. Whoever starts it ends it. */
export async function startBus(): Promise<{ bus: ChildProcess; address: string }> {
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { bus, address: await firstLine(bus) };
}

export async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the output is not piped');
  for await (const line of createInterface(child.stdout)) return line.trim();
  throw new Error(`${child.spawnfile} ended without a word`);
}

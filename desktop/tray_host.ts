import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const WATCHER = 'org.kde.StatusNotifierWatcher';

/**
 * Whether this desktop shows tray icons. macOS and Windows always do; on Linux only where
 * something owns the watcher's name on the session bus (GNOME needs an extension for it). Where
 * it cannot be told, there is none: a window too many is better than an app that nobody finds.
 */
export async function hasTrayHost(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  if (platform !== 'linux') return true;
  const question = [
    '--session',
    '--print-reply=literal',
    '--reply-timeout=2000',
    '--dest=org.freedesktop.DBus',
    '/org/freedesktop/DBus',
    'org.freedesktop.DBus.NameHasOwner',
    `string:${WATCHER}`,
  ];
  try {
    const { stdout } = await run('dbus-send', question, { env, timeout: 3_000 });
    return /boolean true/.test(stdout);
  } catch {
    // No session bus, or no dbus-send: nothing tells of a tray.
    return false;
  }
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { debianPackages } from '../../debian.ts';
import { until } from '../../unit/collector/live.ts';
import { firstLine, startBus } from './session_bus.ts';

const run = promisify(execFile);

/** Why a real notification service cannot be had here; undefined where it can. */
export function daemonMissing(): Promise<string | undefined> {
  return debianPackages('dbus', 'dunst', 'libnotify-bin', 'xvfb');
}

export interface Shown {
  app: string;
  title: string;
  body: string;
}

/**
 * A session bus, an X server without a screen, and dunst, which shows notifications there: each
 * of its own for a test, none of this machine's.
 */
export class NotificationDaemon {
  readonly env: Record<string, string>;
  readonly #children: ChildProcess[];

  private constructor(env: Record<string, string>, children: ChildProcess[]) {
    this.env = env;
    this.#children = children;
  }

  static async start(): Promise<NotificationDaemon> {
    const { bus, address } = await startBus();
    // The server chooses a free display and says which, once it listens.
    const screen = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '800x600x24'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const display = `:${await firstLine(screen)}`;
    const env = { DBUS_SESSION_BUS_ADDRESS: address, DISPLAY: display };
    const dunst = spawn('dunst', ['-conf', '/dev/null'], {
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
    const daemon = new NotificationDaemon(env, [dunst, screen, bus]);
    await until('dunst on its bus', () => daemon.#isThere());
    return daemon;
  }

  /** Every notification that has been shown, whether it still is or not. */
  async shown(): Promise<Shown[]> {
    await this.#dunstctl('close-all');
    const history = JSON.parse(await this.#dunstctl('history')) as {
      data: Record<'appname' | 'summary' | 'body', { data: string }>[][];
    };
    return history.data.flat().map(({ appname, summary, body }) => ({
      app: appname.data,
      title: summary.data,
      body: body.data,
    }));
  }

  /** Asked of the bus: a question to the service itself would make the bus start another one. */
  async #isThere(): Promise<boolean> {
    const bus = 'org.freedesktop.DBus';
    const question = [`${bus}.NameHasOwner`, 'string:org.freedesktop.Notifications'];
    const args = ['--session', '--print-reply', `--dest=${bus}`, '/', ...question];
    const { stdout } = await run('dbus-send', args, { env: { ...process.env, ...this.env } });
    return stdout.includes('boolean true');
  }

  async #dunstctl(...args: string[]): Promise<string> {
    const { stdout } = await run('dunstctl', args, { env: { ...process.env, ...this.env } });
    return stdout;
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

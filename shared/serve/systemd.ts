import { execFile } from 'node:child_process';

/**
 * Tells systemd how the service fares, as sd_notify(3) does: where it is asked for, by the variable
 * NOTIFY_SOCKET. Node.js has no datagrams over local sockets, so systemd's own program sends them;
 * the unit must say `NotifyAccess=all`.
 */
export class Systemd {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #warn: (message: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(env: Readonly<Record<string, string | undefined>>, warn: (message: string) => void) {
    this.#env = env;
    this.#warn = warn;
  }

  /** The service is up. From now on it says so twice in each interval of the watchdog, where there is one. */
  ready(status: string): void {
    if (!this.#env.NOTIFY_SOCKET) return;
    this.#send('READY=1', `STATUS=${status}`);
    const watchdogMs = Number(this.#env.WATCHDOG_USEC) / 1000;
    if (!(watchdogMs > 0)) return;
    this.#timer = setInterval(() => this.#send('WATCHDOG=1'), watchdogMs / 2);
    this.#timer.unref();
  }

  /** The service is about to end, in order. */
  stopping(): void {
    clearInterval(this.#timer);
    if (this.#env.NOTIFY_SOCKET) this.#send('STOPPING=1');
  }

  #send(...variables: string[]): void {
    execFile('systemd-notify', [`--pid=${process.pid}`, ...variables], (error) => {
      if (error) this.#warn(`systemd could not be told ${variables[0]}: ${error.message}`);
    });
  }
}

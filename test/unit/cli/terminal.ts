import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { exitOf, type Home, until } from '../collector/live.ts';
import { MAIN } from './burnrate.ts';

/** util-linux's `script` runs a program on a terminal of its own. */
export const NO_TERMINAL =
  process.platform !== 'linux' || spawnSync('script', ['--version']).status !== 0
    ? 'needs the program script of util-linux'
    : undefined;

/** The command line on a real terminal, of 80 by 24, into which a person types. */
export class OnTerminal {
  readonly #child: ChildProcess;
  /** All that it has written, escape sequences and all. */
  written = '';
  /** How much of what it shows the waits have passed. */
  #seen = 0;

  constructor(home: Pick<Home, 'env'>, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const command = [process.execPath, MAIN, ...args].map((part) => `'${part}'`).join(' ');
    this.#child = spawn('script', ['-qefc', `stty cols 80 rows 24; exec ${command}`, '/dev/null'], {
      env: {
        ...process.env,
        // Both make a terminal's colours few.
        NO_COLOR: undefined,
        CI: undefined,
        TERM: 'xterm-256color',
        ...home.env,
        BURNRATE_NO_BROWSER: '1',
        ...env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.written += text;
    });
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Waits until it has written the text, after what the last wait was for. */
  async sees(text: string): Promise<void> {
    let shown = '';
    await until(
      `the terminal to show ${JSON.stringify(text)}`,
      () => {
        shown = stripVTControlCharacters(this.written).slice(this.#seen);
        return shown.includes(text);
      },
      15_000,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; it shows:\n${shown.slice(-4000)}`);
    });
    this.#seen += shown.indexOf(text) + text.length;
  }

  end(): Promise<number | null> {
    return exitOf(this.#child);
  }

  /** The terminal goes away, as when its window is closed. */
  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
    this.#child.stdout?.destroy();
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { programFile } from '../../programs.ts';
import { exitOf, type Home } from '../collector/live.ts';

export const MAIN = programFile('burnrate');

export interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The command line as a process of its own, at a home of its own, with no terminal. */
export class Burnrate {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';

  constructor(home: Pick<Home, 'env'>, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      env: { ...process.env, ...home.env, BURNRATE_NO_BROWSER: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk) => {
      this.stdout += String(chunk);
    });
    this.child.stderr?.on('data', (chunk) => {
      this.stderr += String(chunk);
    });
  }

  async end(): Promise<Said> {
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    const code = await exitOf(this.child);
    await closed;
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

export function burnrate(
  home: Pick<Home, 'env'>,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Said> {
  return new Burnrate(home, args, env).end();
}

/** All control characters but the ends of lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
export const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { type Clock, systemClock } from '../model/time.ts';
import type { CommandResult, RunOptions, Surroundings } from './source.ts';

const MAX_OUTPUT = 64 * 1024 * 1024;

/** This machine, as sources see it. */
export function thisMachine(clock: Clock = systemClock): Surroundings {
  const { username, uid } = userInfo();
  return {
    env: process.env,
    homedir: homedir(),
    platform: process.platform,
    user: { name: username, uid },
    clock,
    run: runCommand,
    readFile: readIfThere,
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Runs a program without a shell. An abort ends it by SIGTERM and, two seconds later, by SIGKILL;
 * output beyond the limit ends it too, so that a runaway program cannot fill the memory.
 */
function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    options.signal.throwIfAborted();
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.env && { env: options.env }),
      windowsHide: true,
    });
    const limit = options.maxBytes ?? MAX_OUTPUT;
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let size = 0;
    let failure: Error | undefined;
    const kill = () => {
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 2000).unref();
    };
    const end = (reason: Error) => {
      failure ??= reason;
      kill();
    };
    const timer =
      options.endAfterMs === undefined ? undefined : setTimeout(kill, options.endAfterMs);
    const onAbort = () => end(options.signal.reason as Error);
    options.signal.addEventListener('abort', onAbort, { once: true });
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > limit) end(new Error(`${command} printed more than ${limit} bytes`));
        else output[name].push(chunk);
      });
    }
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.stdin.on('error', () => {
      // The program closed its input before it had read all of it: its exit code tells.
    });
    child.stdin.end(options.stdin ?? '');
    child.on('close', (code) => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
      if (failure) return reject(failure);
      resolve({
        code: code ?? -1,
        stdout: Buffer.concat(output.stdout).toString('utf8'),
        stderr: Buffer.concat(output.stderr).toString('utf8'),
      });
    });
  });
}

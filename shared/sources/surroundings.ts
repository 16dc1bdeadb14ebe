import { spawn } from 'node:child_process';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { thisUser } from '../config/this_user.ts';
import { type Clock, systemClock } from '../model/time.ts';
import type { CommandResult, FolderEntry, RunOptions, Surroundings } from './source.ts';

const MAX_OUTPUT = 64 * 1024 * 1024;

/** This machine, as sources see it. */
export function thisMachine(clock: Clock = systemClock): Surroundings {
  return {
    env: process.env,
    homedir: homedir(),
    platform: process.platform,
    user: thisUser(),
    clock,
    run: runCommand,
    readFile: (path) => ifThere(readFile(path, 'utf8')),
    readPart: (path, from, bytes) => ifThere(readPart(path, from, bytes)),
    listFolder: (path) => ifThere(listFolder(path)),
  };
}

async function readPart(path: string, from: number, bytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function listFolder(path: string): Promise<FolderEntry[]> {
  const names = await readdir(path);
  const entries = await Promise.all(
    names.map(async (name) => {
      const found = await ifThere(stat(join(path, name)));
      return found && { name, isFolder: found.isDirectory(), modifiedAt: found.mtimeMs };
    }),
  );
  return entries.filter((entry) => entry !== undefined);
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
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

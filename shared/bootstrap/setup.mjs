import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

// Plain JavaScript without a dependency: this runs before anything is installed, on Node 20 too.

export const root = fileURLToPath(new URL('../..', import.meta.url));
const OLDEST_NODE = 20;
const RUNTIME_NODE = 24;
/** Whether this runs on the package's own Node, which a fresh install removes. */
const ON_PACKAGE = process.execPath.startsWith(join(root, 'node_modules', 'node', sep));
const stamp = join(root, 'node_modules', '.burnrate-lock');
const installLog = join(root, '.build', 'install.log');

/** A failure that is told in one line; its details are in a file that the line names. */
export class PlainFailure extends Error {}

/**
 * Installs the dependencies where they are absent or the lock file has changed since, and answers
 * the environment in which the tools run: Node 24 and the installed programs come first on PATH.
 */
export async function setup() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) {
    throw new PlainFailure(
      `Burnrate needs Node.js ${OLDEST_NODE} or newer; this is ${process.version}. Install a newer one from https://nodejs.org.`,
    );
  }
  const wanted = lockHash();
  if (installedHash() !== wanted) {
    await install(major < RUNTIME_NODE || ON_PACKAGE);
    writeFileSync(stamp, wanted);
  }
  const node = runtime(major);
  const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH ?? ''];
  return { node, env: { ...process.env, PATH: path.join(delimiter) } };
}

function lockHash() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return createHash('sha256')
    .update(lock)
    .update(process.platform)
    .update(process.arch)
    .digest('hex');
}

function installedHash() {
  return existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined;
}

/** Node 24: this one where it is new enough, else the one that the install brought along. */
function runtime(major) {
  if (major >= RUNTIME_NODE) return process.execPath;
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const bundled = join(root, 'node_modules', 'node', 'bin', name);
  if (existsSync(bundled)) return bundled;
  throw new PlainFailure(
    `Node.js ${RUNTIME_NODE} is needed and was not installed with the rest. Remove node_modules and run this again, or install it from https://nodejs.org.`,
  );
}

/** `withNode`: the package `node` is to fetch the Node that everything runs on. */
async function install(withNode) {
  mkdirSync(dirname(installLog), { recursive: true });
  const log = createWriteStream(installLog);
  const progress = showProgress('Installing dependencies');
  const run = (...args) => npm(args, log, progress);
  // Nothing is compiled: what is native comes with its binaries, and a machine may have no compiler.
  const failure =
    (await run('ci', '--ignore-scripts', '--no-audit', '--no-fund')) ??
    (withNode ? await run('rebuild', 'node', '--ignore-scripts=false') : undefined);
  log.end();
  progress.end();
  if (failure !== undefined) throw new PlainFailure(reasonOf(failure));
}

/** What npm said last where it failed. */
async function npm(args, log, progress) {
  const { command, args: before } = npmCommand();
  const child = spawn(command, [...before, ...args, '--loglevel=http'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Electron's binary is not needed to build or to test; it is fetched at its first start.
    env: { ...process.env, ELECTRON_SKIP_BINARY_DOWNLOAD: '1' },
  });
  const tail = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      log.write(chunk);
      tail.push(String(chunk));
      if (tail.length > 200) tail.shift();
      progress.step();
    });
  }
  const code = await new Promise((resolve) => {
    child.on('error', () => resolve(-1));
    child.on('close', resolve);
  });
  return code === 0 ? undefined : tail.join('');
}

/** npm beside this very Node where it can be told, so that no shell is needed on Windows. */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (!ON_PACKAGE && script?.endsWith('.js') && existsSync(script)) {
    return { command: process.execPath, args: [script] };
  }
  return process.platform === 'win32'
    ? { command: 'cmd.exe', args: ['/d', '/c', 'npm'] }
    : { command: 'npm', args: [] };
}

const NETWORK = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i;

function reasonOf(output) {
  const details = `Details: ${installLog}`;
  if (/EACCES|EPERM/.test(output)) {
    return `The installation could not write to ${root}. Check who owns it, then run this again. ${details}`;
  }
  if (/ENOSPC/.test(output)) {
    return `The disk is full. Free about 1 GB, then run this again. ${details}`;
  }
  if (NETWORK.test(output)) {
    return `The package registry could not be reached. Check the network or the proxy settings of npm, then run this again. ${details}`;
  }
  return `The installation failed. ${details}`;
}

/** One line that moves where a person watches, one line in all where nobody does. */
function showProgress(what) {
  const start = Date.now();
  const live = process.stderr.isTTY;
  if (!live) process.stderr.write(`${what} (once; about a minute) ...\n`);
  let packages = 0;
  const draw = () => {
    const seconds = Math.round((Date.now() - start) / 1000);
    process.stderr.write(`\r${what}: ${packages} packages, ${seconds} s `);
  };
  const timer = live ? setInterval(draw, 250) : undefined;
  return {
    step: () => {
      packages += 1;
    },
    end: () => {
      if (!live) return;
      clearInterval(timer);
      process.stderr.write('\n');
    },
  };
}

/** Runs a program to its end with this terminal; answers its exit code. */
export function runToEnd(command, args, env, cwd = root) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Runs a main function; a plain failure is one line, anything else shows where it broke. */
export async function main(work) {
  try {
    process.exitCode = await work();
  } catch (error) {
    console.error(error instanceof PlainFailure ? error.message : error);
    process.exitCode = 1;
  }
}

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from './setup.mjs';

// Plain JavaScript without a dependency: `npm start` runs this on Node 20, too.

/** A person waits for `npm start`: what is not here by then is fetched no further. */
const DEADLINE_MS = 90_000;
/** After a failed download the next attempt waits, so that not every start is slow. */
const RETRY_MS = 24 * 60 * 60_000;

/** Whether windows can be shown to the person at this terminal. */
export function hasDisplay(env = process.env) {
  if (process.platform !== 'linux') return !env.SSH_CONNECTION;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/**
 * The path of Electron's program, or undefined where there is none; `say` then hears in one line
 * why. `BURNRATE_ELECTRON` names another than the installed one. Where `download` is wanted and
 * there is a display, Electron's own installer fetches it, once a day at most and within a
 * deadline.
 */
export async function electronBinary({
  download = false,
  say = () => {},
  env = process.env,
  folder = electronFolder(),
  note = join(root, '.build', 'electron-failed.json'),
  deadlineMs = DEADLINE_MS,
} = {}) {
  const given = env.BURNRATE_ELECTRON;
  if (given) {
    if (existsSync(given)) return given;
    say(`BURNRATE_ELECTRON names ${given}, and there is no such file.`);
    return undefined;
  }
  if (folder === undefined) {
    say('Electron is not among the installed packages. Run npm ci.');
    return undefined;
  }
  const there = installed(folder);
  if (there) return there;
  const page = 'the page in your browser shows the same';
  if (!hasDisplay(env)) {
    say(`There is no display, so there is no tray; ${page}.`);
    return undefined;
  }
  if (!download) {
    say(`Electron has not been downloaded (npx install-electron); ${page}.`);
    return undefined;
  }
  const before = failedBefore(note);
  if (before) {
    say(`${before} Burnrate tries again a day later, or remove ${note}; ${page}.`);
    return undefined;
  }
  say('Downloading Electron for the tray (once, about 120 MB) ...');
  const failure = await install(folder, env, deadlineMs);
  const now = installed(folder);
  if (now) {
    rmSync(note, { force: true });
    return now;
  }
  const reason = `Electron could not be downloaded: ${failure ?? 'its installer left no program'}.`;
  remember(note, reason);
  say(`${reason} Without it there is no tray; ${page}.`);
  return undefined;
}

function electronFolder() {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    // Not installed: the caller says so.
    return undefined;
  }
}

/** The package's own note says where its program lies; both are absent until it is fetched. */
function installed(folder) {
  try {
    const program = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim());
    return existsSync(program) ? program : undefined;
  } catch {
    // There is no such note yet.
    return undefined;
  }
}

function failedBefore(note) {
  try {
    const { at, reason } = JSON.parse(readFileSync(note, 'utf8'));
    return Date.now() - at < RETRY_MS ? reason : undefined;
  } catch {
    // There is no note: it has not failed.
    return undefined;
  }
}

function remember(note, reason) {
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(note, JSON.stringify({ at: Date.now(), reason }));
}

/** Runs Electron's own installer; answers why it failed, or undefined. Ends at the deadline. */
function install(folder, env, deadlineMs) {
  return new Promise((resolve) => {
    const { ELECTRON_SKIP_BINARY_DOWNLOAD: _, ...rest } = env;
    const child = spawn(process.execPath, [join(folder, 'install.js')], {
      cwd: folder,
      env: rest,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr.on('data', (chunk) => {
      output = `${output}${chunk}`.slice(-20_000);
    });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.stderr.destroy();
      resolve(`it took longer than ${Math.round(deadlineMs / 1000)} s`);
    }, deadlineMs);
    const end = (failure) => {
      clearTimeout(timer);
      resolve(failure);
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code) => end(code === 0 ? undefined : reasonIn(output, code)));
  });
}

/** The line of a stack trace that says what happened. */
function reasonIn(output, code) {
  const lines = output.split('\n').map((line) => line.trim());
  const told = lines.find((line) => /^\w*Error\b.*:/.test(line)) ?? lines.find(Boolean);
  return (
    told?.replace(/^\w*Error: /, '').replace(/\.$/, '') ?? `its installer ended with code ${code}`
  );
}

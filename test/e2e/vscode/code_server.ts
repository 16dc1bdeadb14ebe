import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { debianPackages } from '../../debian.ts';
import { installOnce, TOOLS } from '../../install_once.ts';
import { exitOf, until } from '../../unit/collector/live.ts';

const run = promisify(execFile);

const VERSION = '4.139.1';
const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(TOOLS, 'code-server');
const entry = join(folder, 'node_modules', 'code-server', 'out', 'node', 'entry.js');
const stamp = join(folder, '.installed');
/** A few minutes, or many on a machine that does other things, too. */
const INSTALL_MS = 20 * 60_000;
const START_MS = 60_000;

/** What code-server's native modules are compiled with and against. */
const PACKAGES = ['build-essential', 'python3', 'pkg-config', 'libkrb5-dev', 'libsecret-1-dev'];

/**
 * Sees to it that code-server, the real VS Code workbench for browsers, is in `.tools`; takes a few
 * minutes the first time. Answers why it cannot be had here, as one line to skip tests with.
 */
export async function installCodeServer(): Promise<string | undefined> {
  if (isThere()) return undefined;
  const missing = await debianPackages(...PACKAGES);
  if (missing) return missing;
  await installOnce('code-server', async () => isThere(), install);
  return undefined;
}

function isThere(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === VERSION;
}

async function install(): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const node = join(root, 'node_modules', 'node', 'bin');
  await run('npm', ['install', `code-server@${VERSION}`, '--no-audit', '--no-fund'], {
    cwd: folder,
    env: {
      ...process.env,
      // It refuses any other Node.js than 24.
      PATH: `${node}:${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      // It goes by the Node.js that npm names here, which is that of whoever started this test.
      npm_config_user_agent: undefined,
      // It installs and compiles the workbench's own dependencies in its scripts; newer versions
      // of npm run none of them, older ones run them as nobody, unless told otherwise.
      npm_config_dangerously_allow_all_scripts: 'true',
      npm_config_ignore_scripts: 'false',
      npm_config_unsafe_perm: 'true',
    },
    timeout: INSTALL_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  writeFileSync(stamp, VERSION);
}

/** A running workbench, with one extension installed. */
export interface CodeServer {
  url: string;
  log(): string;
  /** All that it and its extensions keep. */
  folder: string;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface CodeServerOptions {
  vsix: string;
  env: Record<string, string>;
  settings?: Record<string, unknown>;
  /** Where it is false, folders open in restricted mode, until a person trusts them. */
  trusted?: boolean;
  /** Given the folder of the installed extension before the first window opens. */
  prepare?: (extension: string) => void;
}

/**
 * Starts code-server for one workspace, with nothing of the person's: settings, extensions and
 * state are in a folder of their own. `env` is what the extension and its collector inherit.
 */
export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  const own = mkdtempSync(join(tmpdir(), 'burnrate-code-'));
  const places = [
    '--user-data-dir',
    join(own, 'data'),
    '--extensions-dir',
    join(own, 'extensions'),
  ];
  const env = {
    ...process.env,
    // Whatever window this test itself was started from is none of its business.
    VSCODE_IPC_HOOK_CLI: '',
    XDG_CONFIG_HOME: join(own, 'config'),
    XDG_DATA_HOME: join(own, 'share'),
    ...options.env,
  };
  const file = join(own, 'data', 'User', 'settings.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...QUIET, ...options.settings }));
  const workspace = join(own, 'workspace');
  mkdirSync(workspace);
  await run(process.execPath, [entry, ...places, '--install-extension', options.vsix], { env });
  const installed = readdirSync(join(own, 'extensions')).find((name) => /^burnrate\./.test(name));
  options.prepare?.(join(own, 'extensions', installed ?? ''));

  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      entry,
      ...places,
      '--bind-addr',
      `127.0.0.1:${port}`,
      '--auth=none',
      '--disable-telemetry',
      '--disable-update-check',
      ...(options.trusted === false ? [] : ['--disable-workspace-trust']),
      '--disable-getting-started-override',
      workspace,
    ],
    { env, stdio: ['ignore', 'pipe', 'pipe'], cwd: own },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += String(chunk);
    });
  }
  const url = `http://127.0.0.1:${port}`;
  const server: CodeServer = {
    url: `${url}/?folder=${encodeURIComponent(workspace)}`,
    log: () => said,
    folder: own,
    [Symbol.asyncDispose]: async () => {
      await end(child);
      rmSync(own, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
  try {
    await until('code-server to answer', () => answers(`${url}/healthz`), START_MS);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw new Error(`code-server did not start: ${said}`, { cause: error });
  }
  return server;
}

/** A workbench that asks and suggests nothing by itself. */
const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'git.enabled': false,
  'files.autoSave': 'off',
  // Settings as an editor beside the others, not above all of them.
  'workbench.editor.useModal': 'off',
  'security.workspace.trust.startupPrompt': 'never',
  // Each port that a test opens would be a notification.
  'remote.autoForwardPorts': false,
  'extensions.ignoreRecommendations': true,
  'extensions.autoCheckUpdates': false,
};

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await exitOf(child);
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    // Not yet.
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

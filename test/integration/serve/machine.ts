import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Demo } from '@burnrate/shared/cli/demo.ts';
import { debianPackages } from '../../debian.ts';
import { programFile } from '../../programs.ts';
import { exitOf, until } from '../../unit/collector/live.ts';

const run = promisify(execFile);
const PACKAGES = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const PROGRAMS = dirname(programFile('burnrate'));
/** Where the unit of the product looks for its settings. */
const SETTINGS = '/etc/burnrate';
/** The group that the settings belong to: as README.md has it, made here with this number. */
const GROUP = 961;
const BOOTS_WITHIN_MS = 120_000;

/** Why no machine can be booted here, in one line; undefined where one can. */
export async function installMachine(): Promise<string | undefined> {
  return (await whyNoMounts()) ?? debianPackages('systemd-sysv', 'systemd-container');
}

/** Why this process may mount nothing, as in most containers. */
export function whyNoMounts(): Promise<string | undefined> {
  return run('unshare', ['--mount', 'true']).then(
    () => undefined,
    () => 'needs a root that may mount',
  );
}

/**
 * A machine with this one's programs and an empty disk, booted by systemd with the unit and nothing
 * else. It shares this one's network, so that its collector can watch a demo's fleet.
 */
export class Machine {
  readonly #folder = mkdtempSync(join(tmpdir(), 'burnrate-machine-'));
  readonly #nspawn: ChildProcess;
  readonly #said: string[] = [];

  /** `unit` is the text of burnrate.service; `demo` what it is to watch. */
  constructor(unit: string, demo: Demo) {
    const put = (path: string, text: string) => {
      const file = join(this.#folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return `${file}:/${path}`;
    };
    const files = [
      put('etc/sysusers.d/burnrate.conf', `u burnrate ${GROUP} - /var/lib/burnrate\n`),
      // Of what is installed here, nothing else is to start.
      put('etc/systemd/system-preset/00-none.preset', 'disable *\n'),
      put('etc/systemd/system/burnrate.service', unit.replace('/usr/bin/node', '/opt/node')),
      `${process.execPath}:/opt/node`,
      `${PROGRAMS}:/opt/burnrate`,
      `${PACKAGES}:/opt/node_modules`,
    ];
    // The bundles of a run of tests are for its user alone; here another one runs them.
    chmodSync(PROGRAMS, 0o755);
    const settings = join(this.#folder, 'settings');
    writeSettings(settings, demo);
    this.#nspawn = spawn(
      'systemd-nspawn',
      [
        ...['--directory=/', '--volatile=yes', '--register=no', '--keep-unit', '--console=pipe'],
        `--machine=burnrate-${process.pid}`,
        ...files.map((file) => `--bind-ro=${file}`),
        `--bind=${settings}:${SETTINGS}`,
        ...['--boot', '--', '--unit=burnrate.service'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.#nspawn.stdout, this.#nspawn.stderr]) {
      stream?.on('data', (chunk: Buffer) => this.#said.push(chunk.toString()));
    }
  }

  /** Its first process, as this machine counts them; 0 where there is none yet. */
  get #init(): number {
    const { pid } = this.#nspawn;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
  }

  /** Runs a program in it; answers what it printed. */
  async run(...command: string[]): Promise<string> {
    const namespaces = ['--mount', '--uts', '--ipc', '--pid', '--cgroup'];
    const args = [`--target=${this.#init}`, ...namespaces, '--', ...command];
    return (await run('nsenter', args)).stdout;
  }

  /** What systemd says of the service. */
  async show<Name extends string>(...names: Name[]): Promise<Record<Name, string>> {
    const text = await this.run('systemctl', 'show', 'burnrate', `--property=${names.join(',')}`);
    const lines = text.trim().split('\n');
    return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2))) as Record<Name, string>;
  }

  /** Waits until systemd has been told that the server is up; answers where it serves. */
  async ready(): Promise<string> {
    const up = until(
      'the service to be up',
      async () => {
        if (this.#nspawn.exitCode !== null) {
          throw new Error(`the machine did not boot: ${this.#said.join('')}`);
        }
        const told = await this.show('ActiveState', 'StatusText').catch(() => undefined);
        return told?.ActiveState === 'active' && /^serves (\S+)$/.exec(told.StatusText)?.[1];
      },
      BOOTS_WITHIN_MS,
    );
    return up.catch(async (error: Error) => {
      const journal = await this.run('journalctl', '--unit=burnrate', '--no-pager').catch(String);
      throw new Error(`${error.message}\n${journal}`);
    });
  }

  /** A file of it, seen from here. */
  path(path: string): string {
    return `/proc/${this.#init}/root${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Shuts the machine down in order.
    this.#nspawn.kill('SIGTERM');
    await exitOf(this.#nspawn);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The demo's home as the administrator's folder: the service may read it, and may not write it. */
function writeSettings(folder: string, demo: Demo): void {
  const home = dirname(demo.paths.config);
  const moved = (text: string) => text.replaceAll(home, SETTINGS);
  mkdirSync(folder);
  for (const name of readdirSync(home)) {
    writeFileSync(join(folder, name), moved(readFileSync(join(home, name), 'utf8')));
  }
  const serve = 'serve: { listen: "127.0.0.1:0", metrics: true }\n';
  writeFileSync(join(folder, 'burnrate.yaml'), serve, { flag: 'a' });
  const own = new Set(['BURNRATE_HOME', 'BURNRATE_CONFIG', 'HOME', 'USERPROFILE']);
  const lines = Object.entries(demo.env)
    .filter(([name]) => !own.has(name))
    .map(([name, value]) => `${name}='${moved(value)}'\n`);
  writeFileSync(join(folder, 'environment'), lines.join(''));
  chownSync(folder, 0, GROUP);
}

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Demo, type DemoOptions, startDemo } from '@burnrate/shared/cli/demo.ts';
import { type CollectorConnection, connectCollector } from '@burnrate/shared/protocol/client.ts';
import { greetServer } from '@burnrate/shared/protocol/remote.ts';
import { programFile } from '../../programs.ts';
import { exitOf, until } from '../../unit/collector/live.ts';
import { Authority } from './authority.ts';

const COMMAND = programFile('burnrate');
const BUILD = new URL('../../../shared/bootstrap/build.mjs', import.meta.url).href;
const PANEL = fileURLToPath(new URL('../../../shared/dist/panel', import.meta.url));
const LONG_MS = 90_000;

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** A team's server over the simulated fleet, by `burnrate serve`, and somebody's laptop. */
export class Team {
  readonly demo: Demo;
  readonly authority: Authority;
  /** Another machine's home: no collector may be started there. */
  readonly laptop = mkdtempSync(join(tmpdir(), 'burnrate-laptop-'));
  readonly tokenFile: string;
  serial = '';
  port = 0;
  said = '';
  child: ChildProcess | undefined;
  readonly #links: CollectorConnection[] = [];

  private constructor(demo: Demo, authority: Authority) {
    this.demo = demo;
    this.authority = authority;
    this.tokenFile = join(demo.paths.data, 'team-tokens');
  }

  /** `env` is added to the server's environment. */
  static async begin(
    options: DemoOptions,
    flags: readonly string[] = [],
    env: Record<string, string> = {},
  ): Promise<Team> {
    if (!existsSync(join(PANEL, 'panel.js'))) {
      const { buildPanel } = (await import(BUILD)) as { buildPanel(outdir: string): Promise<void> };
      await buildPanel(PANEL);
    }
    const [demo, authority] = await Promise.all([startDemo(options), Authority.make()]);
    Object.assign(demo.env, env);
    const team = new Team(demo, authority);
    try {
      team.serial = (await authority.issue('DNS:localhost,IP:127.0.0.1')).serial;
      await team.start(flags);
      return team;
    } catch (error) {
      await team[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return `https://localhost:${this.port}`;
  }

  /** Starts the server, at the port that it had, and waits until it is ready. */
  async start(flags: readonly string[] = []): Promise<void> {
    this.said = '';
    const child = spawn(
      process.execPath,
      [
        COMMAND,
        'serve',
        ...['--listen', `127.0.0.1:${this.port}`, '--token-file', this.tokenFile, '--metrics'],
        ...['--tls-cert', join(this.authority.folder, 'server.pem')],
        ...['--tls-key', join(this.authority.folder, 'server.key'), ...flags],
      ],
      { env: { ...process.env, ...this.demo.env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.said += chunk.toString();
      });
    }
    this.port = await until(
      'the server to listen',
      () => {
        if (child.exitCode !== null) throw new Error(`the server has ended: ${this.said}`);
        return Number(/Served at https:\/\/[^:]+:(\d+)/.exec(this.said)?.[1]);
      },
      LONG_MS,
    );
    await until('it to be ready', async () => (await this.ask('/readyz')).status === 200, LONG_MS);
  }

  /** The secret of one of the tokens in the file. */
  token(name: string): string {
    const line = readFileSync(this.tokenFile, 'utf8')
      .split('\n')
      .find((one) => one.startsWith(`${name} `));
    return line?.split(' ')[2] ?? '';
  }

  /** A file with one token, as its owner keeps it. */
  fileOf(secret: string): string {
    const file = join(this.laptop, `token-${Math.random().toString(36).slice(2)}`);
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    return file;
  }

  /** Runs `burnrate` on the laptop, against the server. */
  async burnrate(secret: string, ...args: string[]): Promise<Ran> {
    return this.run([
      ...args,
      ...['--server', this.url, '--token-file', this.fileOf(secret), '--ca', this.authority.ca],
    ]);
  }

  async run(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      env: { ...process.env, BURNRATE_HOME: this.laptop, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ran: Ran = { code: null, out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      ran.out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      ran.err += chunk.toString();
    });
    await new Promise((resolve) => child.once('close', resolve));
    return { ...ran, code: child.exitCode };
  }

  /** A face on the laptop that stays. */
  async watch(secret: string): Promise<CollectorConnection> {
    const server = { url: this.url, token: secret, ca: this.authority.pem };
    const link = await connectCollector({
      hello: { face: 'cli', version: '0.1.0', notifies: false },
      paths: this.demo.paths,
      launch: { command: '/nonexistent', args: [], env: {} },
      greet: (options, prepare) => greetServer(server, options, prepare),
      requestDeadlineMs: LONG_MS,
    });
    this.#links.push(link);
    return link;
  }

  /** Asks it as anybody may. */
  ask(path: string, options: RequestOptions & { body?: string } = {}) {
    return new Promise<{ status: number; text: string; headers: Record<string, unknown> }>(
      (resolve, reject) => {
        const { body, ...rest } = options;
        const asked = httpsRequest(
          `${this.url}${path}`,
          { agent: false, ca: this.authority.pem, servername: 'localhost', ...rest },
          (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk: string) => {
              text += chunk;
            });
            response.on('end', () =>
              resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
            );
          },
        );
        asked.on('error', reject);
        asked.end(body);
      },
    );
  }

  /** Ends the server by a signal; answers its exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return null;
    child.kill(signal);
    await exitOf(child);
    return child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.#links) await link.close();
    await this.end();
    await this.demo.stop();
    this.authority[Symbol.dispose]();
    rmSync(this.laptop, { recursive: true, force: true });
  }
}

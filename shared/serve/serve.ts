import { readFileSync } from 'node:fs';
import { EXIT, PlainFailure } from '../cli/exit_codes.ts';
import { panelFolder } from '../cli/page.ts';
import type { Terminal } from '../cli/terminal.ts';
import { say } from '../cli/view/text.ts';
import { loadSources, type Registry, schemasOf } from '../collector/accounts.ts';
import { openCollector } from '../collector/collector.ts';
import { type Life, liveAsCollector, type Works } from '../collector/life.ts';
import type { Log } from '../collector/log.ts';
import { loadConfig } from '../config/load.ts';
import { type Paths, pathsFor, preparePaths } from '../config/paths.ts';
import type { ServeSettings } from '../config/serve.ts';
import { Certificate } from './certificate.ts';
import { Door } from './door.ts';
import { Metrics } from './metrics/metrics.ts';
import { planOf, type ServeFlags, type ServePlan, urlOf } from './plan.ts';
import { endPredecessor } from './predecessor.ts';
import { Readiness } from './readiness.ts';
import { Systemd } from './systemd.ts';
import { makeTokenFile, Tokens } from './tokens.ts';

/** Another face may start a collector at the moment this one ends it: so often it is ended again. */
const TRIES = 5;

/**
 * `burnrate serve`: this process is the user's collector, and lets other machines in. Answers the
 * exit code when it ends: by a signal, or because it failed.
 */
export async function serve(
  terminal: Terminal,
  flags: ServeFlags,
  registry: Registry,
): Promise<number> {
  const { env } = process;
  // Whatever this process makes is for this user alone, the token file above all.
  process.umask(0o077);
  const paths = pathsFor(env);
  const journal = journalOf(terminal);
  const plan = planOf(flags, await settingsIn(paths, registry, journal), paths);
  preparePaths(paths);
  if (makeTokenFile(plan.tokenFile)) terminal.note(`Made two tokens, in ${plan.tokenFile}`);
  const door: { failure?: unknown; opened?: boolean } = {};
  for (let tries = 0; tries < TRIES; tries += 1) {
    await endPredecessor(paths);
    const code = await liveAsCollector(
      async (life) => {
        door.opened = true;
        try {
          return await openServed(life, plan, registry, terminal);
        } catch (error) {
          door.failure = error;
          throw error;
        }
      },
      env,
      undefined,
      urlOf(plan, plan.port),
    );
    if (door.failure !== undefined) throw explained(door.failure, plan);
    if (door.opened || code !== EXIT.ok) return code;
  }
  throw new PlainFailure(
    `Another collector of this user is started again and again (socket ${paths.socket}). Close its VS Code windows and tray app, and try again.`,
    EXIT.unavailable,
  );
}

/** The collector, and the door to it. */
async function openServed(
  given: Life,
  plan: ServePlan,
  registry: Registry,
  terminal: Terminal,
): Promise<Works> {
  const log = both(given.log, journalOf(terminal));
  const warn = (message: string) => log.warn(message);
  const metrics = new Metrics({ plan, paths: given.paths, env: given.env, log });
  let door: Door | undefined;
  const life: Life = {
    ...given,
    log,
    changed: () => {
      given.changed();
      door?.faces.changed();
    },
    ticked: (tookMs, kept) => metrics.pulse.ticked(tookMs, kept),
    heard: (account, failed) => metrics.pulse.heard(account, failed),
  };
  const closers: (() => unknown)[] = [];
  try {
    const tokens = new Tokens(plan.tokenFile, {
      change: () => {
        log.info(`read ${plan.tokenFile} anew`);
        door?.guests.review(tokens);
      },
      mistake: warn,
    });
    closers.push(() => tokens.close());
    const certificate =
      plan.tls &&
      new Certificate(plan.tls, {
        change: (identity) => {
          log.info('the certificate has changed');
          door?.certify(identity);
        },
        mistake: warn,
      });
    closers.push(() => certificate?.close());
    const files = panelFolder();
    const works = await openCollector(life, registry);
    closers.push(() => works.close());
    const readiness = new Readiness(() => works.served.snapshot(), metrics.pulse);
    const opened = await Door.open({
      host: plan.host,
      port: plan.port,
      certificate,
      behindProxy: plan.behindProxy,
      hosts: plan.hosts,
      tokens,
      served: works.served,
      welcome: given.welcome,
      log,
      files,
      ready: () => readiness.reached(),
      metrics: plan.metrics ? () => metrics.text() : undefined,
    });
    door = opened;
    closers.push(() => opened.close());
    const url = urlOf(plan, opened.port);
    given.welcome.serving = url;
    metrics.watch({ served: works.served, door: opened, certificate });
    closers.push(await metrics.send());
    const systemd = new Systemd(given.env, warn);
    closers.push(() => systemd.stopping());
    terminal.print([say('Served at '), say(url, 'strong'), say(`; tokens in ${plan.tokenFile}`)]);
    systemd.ready(`serves ${url}`);
    return {
      served: works.served,
      // A team may look at any time.
      watching: () => true,
      close: () => closeAll(closers),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** In the order opposite to that in which they were opened. */
async function closeAll(closers: readonly (() => unknown)[]): Promise<void> {
  for (const close of closers.toReversed()) await close();
}

/** The `serve` section. With a mistake in the file nothing is served: it might say who may come in. */
async function settingsIn(paths: Paths, registry: Registry, log: Log): Promise<ServeSettings> {
  const schemas = schemasOf(await loadSources(registry, log));
  const { config, mistakes } = loadConfig(paths.config, textOf(paths.config), schemas);
  if (mistakes.length === 0) return config.serve;
  const lines = mistakes.map(
    ({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`,
  );
  throw new PlainFailure(
    `${lines.join('\n')}\nNothing is served until that is mended.`,
    EXIT.usage,
  );
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new PlainFailure(`${file} cannot be read: ${(error as Error).message}`, EXIT.usage);
  }
}

/** What systemd and containers keep of a service: its standard error. */
function journalOf(terminal: Terminal): Log {
  return {
    info: (message) => terminal.note(message),
    warn: (message) => terminal.note(`warning: ${message}`),
    error: (message, cause) =>
      terminal.note(`error: ${message}${cause instanceof Error ? `: ${cause.message}` : ''}`),
  };
}

function both(one: Log, other: Log): Log {
  return {
    info: (message) => [one, other].forEach((log) => void log.info(message)),
    warn: (message) => [one, other].forEach((log) => void log.warn(message)),
    error: (message, cause) => [one, other].forEach((log) => void log.error(message, cause)),
  };
}

function explained(error: unknown, { host, port }: ServePlan): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error;
  return new PlainFailure(
    `${host}:${port} cannot be used (${code}). Choose another with --listen.`,
    EXIT.failed,
  );
}

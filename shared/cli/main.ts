#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CollectorUnavailable } from '../protocol/launch.ts';
import type { ReportKey } from '../protocol/report.ts';
import { VERSION } from '../protocol/version.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import { thisTerminal } from './terminal.ts';

const EXIT_CODES = `
Exit codes:
  ${EXIT.ok}  done
  ${EXIT.failed}  failed: a stop was refused, or the doctor found something broken
  ${EXIT.usage}  not understood, or no job (or more than one) goes by that name
  ${EXIT.unavailable}  the collector could not be reached or started
  ${EXIT.declined}  not confirmed, so nothing was done

Environment: BURNRATE_HOME puts everything under one folder, BURNRATE_CONFIG names
another burnrate.yaml, BURNRATE_NO_BROWSER=1 opens no browser, NO_COLOR=1 no colours.
BURNRATE_SERVER, BURNRATE_TOKEN_FILE (or BURNRATE_TOKEN) and BURNRATE_CA stand for --server,
--token-file and --ca.`;

/** Written out here: the schema itself would be loaded with every command. */
const REPORT_KEYS: readonly ReportKey[] = [
  'job',
  'owner',
  'project',
  'run',
  'cloud',
  'day',
  'hour',
  'account',
  'node',
  'provenance',
];

const terminal = thisTerminal();
/** For commands that a team's collector can answer as well as this machine's own. */
const watching = [
  new Option('--server <url>', 'watch a team’s collector: https://host:8443'),
  new Option('--token-file <file>', 'your token for it'),
  new Option('--ca <file>', 'the certificate authority of its certificate, where that is your own'),
];
const WATCHED = ['top', 'status', 'jobs', 'stop', 'budget', 'history', 'report', 'doctor', 'page'];
const json = new Option('--json', 'print JSON in the documented shape of the protocol');

const program = new Command('burnrate')
  .description('What your GPU jobs cost this minute, and whether the money does useful work.')
  .version(VERSION, '-V, --version')
  .addHelpText('after', EXIT_CODES)
  .enablePositionalOptions()
  .exitOverride()
  .hook('preAction', async (_, command) => {
    const { server, tokenFile, ca } = command.opts();
    if (command.name() === 'serve' || (server ?? tokenFile ?? ca) === undefined) return;
    (await import('./server.ts')).rememberServer({ server, tokenFile, ca });
  });

program
  .command('start')
  .description('show all that this machine can show: the tray app, or the page and the live table')
  .option('--demo', 'watch a simulated fleet instead of your accounts')
  .option('--no-tray', 'leave the tray app alone')
  .action(async (options) => end(await (await import('./start.ts')).start(terminal, options)));

program
  .command('top')
  .description('the live table: rates, waste, jobs; select one and stop it')
  .action(async () => end(await (await import('./top.ts')).top(terminal)));

program
  .command('status')
  .description('how things stand, once; --json prints the snapshot')
  .addOption(json)
  .action(async (options) => end(await (await import('./status.ts')).status(terminal, options)));

program
  .command('jobs')
  .description('your running jobs')
  .option('-a, --all', 'everyone’s, and those that have ended')
  .option('-w, --why', 'below each, why its machines cost what they do')
  .addOption(json)
  .action(async (options) => end(await (await import('./jobs.ts')).jobs(terminal, options)));

program
  .command('stop')
  .argument('<job>', 'its id, the id its provider gave it, or its name')
  .description('stop a job: says what is lost, asks, and waits for its end')
  .option('-y, --yes', 'do not ask')
  .action(async (job, options) =>
    end(await (await import('./stop.ts')).stop(terminal, job, options)),
  );

program
  .command('run')
  .argument('<command...>', 'what to run, after --: sbatch, sky, kubectl, aws, or the job itself')
  .description('run a command, and tie the job that it launches to a budget')
  .option('--budget <dollars>', 'what it may cost in all', dollarsOf)
  .option('--max-rate <dollars>', 'what it may cost an hour', dollarsOf)
  .option('--stop', 'stop it at the ceiling, after a notice; else you are told')
  .passThroughOptions()
  .action(async (command, options) =>
    end(await (await import('./run.ts')).run(terminal, command, options)),
  );

program
  .command('budget')
  .argument('<job>', 'named as for stop')
  .description('set what one of your jobs may cost')
  .option('--limit <dollars>', 'what it may cost in all', dollarsOf)
  .option('--max-rate <dollars>', 'what it may cost an hour', dollarsOf)
  .option('--stop', 'stop it at the ceiling, after a notice; else you are told')
  .option('--clear', 'take its budget away')
  .action(async (job, { limit, ...options }) =>
    end(await (await import('./budget.ts')).budget(terminal, job, { budget: limit, ...options })),
  );

program
  .command('history')
  .description('what each job cost over time')
  .option('--since <time>', 'how far back: 90m, 24h, 7d, 2w', '24h')
  .option('--step <time>', 'how much time one step takes; 1m at least')
  .option('--job <job>', 'this job only, named as for stop; "idle" is what no job held')
  .addOption(json)
  .action(async (options) => end(await (await import('./history.ts')).history(terminal, options)));

program
  .command('report')
  .description('what was spent, summed up by job, owner and so on: estimates, not invoices')
  .addOption(new Option('--by <key>', 'what to sum by').choices(REPORT_KEYS).default('job'))
  .option('--since <time>', 'from when on: 24h, 7d or 4w ago, today, or 2026-11-01', '7d')
  .option('--until <time>', 'until when, written likewise; a day means its start', 'now')
  .addOption(
    new Option(
      '--format <format>',
      'focus: FOCUS 1.2, a row an hour, node and job; html: with charts',
    )
      .choices(['table', 'csv', 'json', 'focus', 'html'])
      .default('table'),
  )
  .option('-o, --output <file>', 'write it to this file')
  .option('--everyones', 'what others and their idle machines cost too')
  .option('--team', 'out of the team’s store: everyone’s, each machine once, whoever meters it')
  .action(async (options) => end(await (await import('./report.ts')).report(terminal, options)));

const invoices = program
  .command('invoices')
  .description('bills: import them, and compare them with what was metered');
invoices
  .command('import')
  .argument('<file...>', 'FOCUS 1.x as CSV, CSV in gzip, or Parquet')
  .description('take bills in; the same file or line again changes nothing')
  .option('--as-of <time>', 'when the files were made; by default when they were last changed')
  .addOption(json)
  .action(async (files, options) =>
    end(await (await import('./invoices.ts')).importInvoices(terminal, files, options)),
  );
invoices
  .command('list')
  .description('what was imported and read, and what it comes to')
  .addOption(json)
  .action(async (options) =>
    end(await (await import('./invoices.ts')).listInvoices(terminal, options)),
  );
invoices
  .command('show')
  .description('bills against what was metered: differences, what was not metered, what is pending')
  .option('--since <time>', 'from when on: 7d ago, or 2026-11-01', '30d')
  .option('--until <time>', 'until when, written likewise', 'now')
  .addOption(json)
  .action(async (options) =>
    end(await (await import('./invoices.ts')).showInvoices(terminal, options)),
  );

program
  .command('doctor')
  .description('try every account, and say what is missing and how to mend it')
  .option('--policy <source>', 'print what an account must allow: aws, or aws/read alone')
  .addOption(json)
  .action(async ({ policy, ...options }) => {
    if (policy !== undefined)
      return end(await (await import('./policy.ts')).printPolicy(terminal, policy));
    end(await (await import('./doctor.ts')).doctor(terminal, options));
  });

program
  .command('page')
  .description('serve the page with the charts to browsers of this machine')
  .option('-p, --port <number>', 'its port; any free one by default', portOf)
  .option('--no-browser', 'only print its address')
  .action(async (options) => end(await (await import('./page.ts')).page(terminal, options)));

program
  .command('serve')
  .description('be the collector of a team: the page, other faces and metrics over the network')
  .option('--listen <address>', 'address and port (default: 127.0.0.1:8443)')
  .option('--tls-cert <file>', 'certificate, PEM; read anew when it changes')
  .option('--tls-key <file>', 'its key, PEM')
  .option('--token-file <file>', 'who may come in; made where it is not there')
  .option('--host <name...>', 'further names by which it is reached')
  .option('--metrics', 'serve /metrics for Prometheus')
  .option('--insecure-behind-proxy', 'no TLS of its own: a proxy before it has that')
  .action(async (options) => {
    const [{ serve }, { chosenSources }] = await Promise.all([
      import('../serve/serve.ts'),
      import('../collector/registry.ts'),
    ]);
    // The collector ends in order where it can, and says in its log why it cannot.
    process.off('uncaughtException', failAndExit);
    process.exit(await serve(terminal, options, chosenSources(process.env)));
  });

program
  .command('demo')
  .description('the same as start --demo')
  .option('--no-tray', 'leave the tray app alone')
  .action(async (options) =>
    end(await (await import('./start.ts')).start(terminal, { ...options, demo: true })),
  );

const config = program.command('config').description('burnrate.yaml, where you set things');
config
  .command('check')
  .description('say whether it is well formed, and where it is not')
  .action(async () => end(await (await import('./config.ts')).checkConfig(terminal)));
config
  .command('schema')
  .description('print its JSON Schema, by which editors complete it')
  .action(async () => end(await (await import('./config.ts')).printSchema(terminal)));

const store = program
  .command('store')
  .description('the team’s store, where the ledgers of its collectors come together');
store
  .command('status')
  .description('how far it is behind this ledger, and why')
  .addOption(json)
  .action(async (options) =>
    end(await (await import('./store.ts')).storeStatus(terminal, options)),
  );
store
  .command('migrate')
  .description('send all that this ledger holds, and compare every month to the micro-dollar')
  .option('--again', 'send what was sent before, too: it takes the place of itself')
  .addOption(json)
  .action(async (options) => end(await (await import('./store.ts')).migrate(terminal, options)));

const collector = program.command('collector').description('the process that watches');
collector
  .command('stop')
  .description('end it in order; the next face starts it again')
  .action(async () => end(await (await import('./collector.ts')).stopCollector(terminal)));
collector
  .command('restart')
  .description('end it and start it again, with the environment of this terminal')
  .action(async () => end(await (await import('./collector.ts')).restartCollector(terminal)));

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

function dollarsOf(text: string): number {
  const dollars = Number(text.replace(/^\$/, ''));
  if (Number.isFinite(dollars) && dollars > 0) return dollars;
  throw new InvalidArgumentError('Give an amount of US dollars, as in 50 or 12.50.');
}

function end(code: number): void {
  process.exitCode = code;
}

/** Every failure is one plain line that says what to do; BURNRATE_DEBUG=1 shows where it broke. */
function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    // Commander has printed what there is to say: the help, the version, or the mistake.
    end(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  terminal.note(`burnrate: ${message}`);
  if (process.env.BURNRATE_DEBUG) console.error(error);
  if (error instanceof PlainFailure) end(error.exitCode);
  else end(error instanceof CollectorUnavailable ? EXIT.unavailable : EXIT.failed);
}

function failAndExit(error: unknown): void {
  fail(error);
  process.exit();
}

for (const name of WATCHED) {
  const command = program.commands.find((one) => one.name() === name);
  for (const option of watching) command?.addOption(option);
}
process.on('uncaughtException', failAndExit);
await program.parseAsync().catch(fail);

#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { CollectorUnavailable } from '../protocol/launch.ts';
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
another burnrate.yaml, BURNRATE_NO_BROWSER=1 opens no browser, NO_COLOR=1 no colours.`;

const terminal = thisTerminal();
const json = new Option('--json', 'print JSON in the documented shape of the protocol');

const program = new Command('burnrate')
  .description('What your GPU jobs cost this minute, and whether the money does useful work.')
  .version(VERSION, '-V, --version')
  .addHelpText('after', EXIT_CODES)
  .exitOverride();

program
  .command('status')
  .description('how things stand, once')
  .addOption(json)
  .action(async (options) => end(await (await import('./status.ts')).status(terminal, options)));

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

await program.parseAsync().catch(fail);

import { existsSync, readFileSync } from 'node:fs';
import type { SectionSchemas } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { pathsFor } from '../config/paths.ts';
import { configSchema } from '../config/schema.ts';
import { invoiceSections } from '../invoices/sections.ts';
import { registry } from '../sources/index.ts';
import { EXIT } from './exit_codes.ts';
import type { Terminal } from './terminal.ts';
import { plural } from './view/figures.ts';
import { type Line, say } from './view/text.ts';

/** `burnrate config schema`: the JSON Schema of burnrate.yaml. */
export async function printSchema(terminal: Terminal): Promise<number> {
  terminal.json(configSchema(await sections(), invoiceSections));
  return EXIT.ok;
}

/** `burnrate config check`: each mistake with its line and column. Exit code 1 where there is one. */
export async function checkConfig(terminal: Terminal): Promise<number> {
  const { config: file } = pathsFor(process.env);
  if (!existsSync(file)) {
    terminal.print([say(`${file} is not there: the defaults are in force.`)]);
    return EXIT.ok;
  }
  const { mistakes } = loadConfig(file, readFileSync(file, 'utf8'), await sections());
  const lines = mistakes.map(
    ({ line, column, message }): Line => [say(`${file}:${line}:${column}: ${message}`)],
  );
  const verdict: Line =
    lines.length === 0
      ? [say('✓ ', 'good'), say(`${file} is well formed.`)]
      : [
          say('✗ ', 'critical'),
          say(`${plural(lines.length, 'mistake')}; the last good configuration stays in force.`),
        ];
  terminal.print(...lines, verdict);
  return lines.length === 0 ? EXIT.ok : EXIT.failed;
}

async function sections(): Promise<SectionSchemas> {
  const sources = await Promise.all(Object.values(registry).map((load) => load()));
  return new Map(sources.map(({ id, settings }) => [id, settings]));
}

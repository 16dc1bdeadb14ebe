import { existsSync, readFileSync } from 'node:fs';
import { schemasOf } from '../collector/accounts.ts';
import { loadConfig } from '../config/load.ts';
import { pathsFor } from '../config/paths.ts';
import { configSchema } from '../config/schema.ts';
import type { Schemas } from '../config/sections.ts';
import { registry } from '../sources/index.ts';
import { EXIT } from './exit_codes.ts';
import type { Terminal } from './terminal.ts';
import { plural } from './view/figures.ts';
import { type Line, say } from './view/text.ts';

/** `burnrate config schema`: the JSON Schema of burnrate.yaml. */
export async function printSchema(terminal: Terminal): Promise<number> {
  terminal.json(configSchema(await schemas()));
  return EXIT.ok;
}

/** `burnrate config check`: each mistake with its line and column. Exit code 1 where there is one. */
export async function checkConfig(terminal: Terminal): Promise<number> {
  const { config: file } = pathsFor(process.env);
  if (!existsSync(file)) {
    terminal.print([say(`${file} is not there: the defaults are in force.`)]);
    return EXIT.ok;
  }
  const { mistakes, ignored } = loadConfig(file, readFileSync(file, 'utf8'), await schemas());
  const lines = [...mistakes, ...ignored].map(
    ({ line, column, message }): Line => [say(`${file}:${line}:${column}: ${message}`)],
  );
  const verdict: Line =
    lines.length === 0
      ? [say('✓ ', 'good'), say(`${file} is well formed.`)]
      : [
          say('✗ ', 'critical'),
          say(`${plural(lines.length, 'mistake')}; `),
          say(
            mistakes.length > 0
              ? 'the last good configuration stays in force.'
              : 'what is wrong does nothing, and all else is in force.',
          ),
        ];
  terminal.print(...lines, verdict);
  return lines.length === 0 ? EXIT.ok : EXIT.failed;
}

async function schemas(): Promise<Schemas> {
  return schemasOf(await Promise.all(Object.values(registry).map((load) => load())));
}

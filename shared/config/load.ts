import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { Config, defaultConfig } from './config.ts';
import { type ConfigMistake, mistakeAt, wrongIn } from './mistakes.ts';
import { configSchema } from './schema.ts';

export interface LoadedConfig {
  config: Config;
  /** The sources' own sections, checked by their own schemas. */
  sections: Map<string, unknown>;
  mistakes: ConfigMistake[];
}

/** A source's schema for its section, by the source's id. */
export type SectionSchemas = ReadonlyMap<string, z.ZodType>;

/**
 * Reads burnrate.yaml's text. An absent file is the defaults. Any mistake leaves `previous` in
 * force as a whole: half a configuration is nobody's intention.
 */
export function loadConfig(
  file: string,
  text: string | undefined,
  schemas: SectionSchemas,
  previous?: LoadedConfig,
): LoadedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text ?? '', {
    lineCounter: lines,
    prettyErrors: false,
    // A key that is a map is a mistake of the file, and nothing to tell the process.
    logLevel: 'error',
  });
  const place = { file, document, lines, schema: () => configSchema(schemas) };
  const mistakes = brokenIn(document, lines, file);
  const value = mistakes.length === 0 ? plainValueOf(document, mistakes, file) : undefined;
  const sections = new Map<string, unknown>();
  let config = defaultConfig;

  if (mistakes.length === 0) {
    const parsed = Config.safeParse(value ?? {});
    if (parsed.success) config = parsed.data;
    const known = [...schemas.keys()].join(', ');
    const wrong = [
      ...(parsed.success ? [] : wrongIn(parsed.error.issues)),
      ...Object.keys(config.sources)
        .filter((name) => !schemas.has(name))
        .map((name) => ({
          path: ['sources', name],
          message: `there is no source "${name}"; known are ${known}`,
          wrong: 'key' as const,
        })),
    ];
    for (const [name, schema] of schemas) {
      const section = schema.safeParse(config.sources[name]);
      if (section.success) sections.set(name, section.data);
      else wrong.push(...wrongIn(section.error.issues, ['sources', name]));
    }
    mistakes.push(...wrong.map((one) => mistakeAt(one, place)));
  }
  if (mistakes.length === 0) return { config, sections, mistakes };
  const fallback = previous ?? loadConfig(file, undefined, schemas);
  return { ...fallback, mistakes };
}

/** What is no YAML. */
function brokenIn(
  { errors }: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  file: string,
): ConfigMistake[] {
  return errors.map(({ pos: [from, to], message }) => {
    const { line, col } = lines.linePos(from);
    return { file, line, column: col, message, from, to, path: [] };
  });
}

/** What the document says; what cannot be said by plain values (see below) is a mistake in it. */
function plainValueOf(
  document: ReturnType<typeof parseDocument>,
  mistakes: ConfigMistake[],
  file: string,
): unknown {
  try {
    const value: unknown = document.toJS();
    // What refers to itself has no end.
    JSON.stringify(value);
    return value;
  } catch (error) {
    // An alias of nothing, one within its own anchor, or aliases that multiply beyond all bounds.
    const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    mistakes.push({ file, line: 1, column: 1, message, from: 0, to: 0, path: [] });
    return undefined;
  }
}

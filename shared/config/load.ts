import { LineCounter, parseDocument } from 'yaml';
import { Config, defaultConfig } from './config.ts';
import { ignoredIn } from './ignored.ts';
import { type ConfigMistake, mistakeAt, wrongIn } from './mistakes.ts';
import { configSchema } from './schema.ts';
import { readSections, type Schemas } from './sections.ts';

export interface LoadedConfig {
  config: Config;
  /** The sources' own sections, checked by their own schemas. */
  sections: Map<string, unknown>;
  mistakes: ConfigMistake[];
  /** Mistakes, too, but all else in the file is in force: they harm nothing beside themselves. */
  ignored: ConfigMistake[];
}

/**
 * Reads burnrate.yaml's text. An absent file is the defaults. Any mistake leaves `previous` in
 * force as a whole: half a configuration is nobody's intention. Only what is `ignored` does not.
 */
export function loadConfig(
  file: string,
  text: string | undefined,
  schemas: Schemas,
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
  const ignored: ConfigMistake[] = [];
  let sections = new Map<string, unknown>();
  let config = defaultConfig;

  if (mistakes.length === 0) {
    const parsed = Config.safeParse(value ?? {});
    if (parsed.success) config = parsed.data;
    const sources = readSections('sources', config.sources, schemas);
    sections = sources.sections;
    const wrong = [...(parsed.success ? [] : wrongIn(parsed.error.issues)), ...sources.wrong];
    mistakes.push(...wrong.map((one) => mistakeAt(one, place)));
    ignored.push(...ignoredIn(config, schemas).map((one) => mistakeAt(one, place)));
  }
  if (mistakes.length === 0) return { config, sections, mistakes, ignored };
  const fallback = previous ?? loadConfig(file, undefined, schemas);
  return { ...fallback, mistakes, ignored };
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

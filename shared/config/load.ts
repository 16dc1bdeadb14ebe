import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { Config, defaultConfig } from './config.ts';

/** A mistake in burnrate.yaml, where it stands. Lines and columns count from 1. */
export interface ConfigMistake {
  file: string;
  line: number;
  column: number;
  message: string;
}

export interface LoadedConfig {
  config: Config;
  /** The sources' own sections, checked by their own schemas. */
  sections: Map<string, unknown>;
  mistakes: ConfigMistake[];
}

/** A source's schema for its section, by the source's id. */
export type SectionSchemas = ReadonlyMap<string, z.ZodType>;

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
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    mistakes.push({ file, line: 1, column: 1, message: reason });
    return undefined;
  }
}

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
  });
  const mistakes: ConfigMistake[] = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { file, line, column: col, message: error.message };
  });
  const sections = new Map<string, unknown>();
  let config = defaultConfig;

  if (mistakes.length === 0) {
    const parsed = Config.safeParse(plainValueOf(document, mistakes, file) ?? {});
    if (mistakes.length > 0)
      return { ...(previous ?? loadConfig(file, undefined, schemas)), mistakes };
    if (parsed.success) config = parsed.data;
    else mistakes.push(...parsed.error.issues.map((issue) => locate(issue, [])));

    for (const name of Object.keys(config.sources)) {
      if (!schemas.has(name)) {
        const known = [...schemas.keys()].join(', ');
        mistakes.push(
          mistakeAt(['sources', name], `there is no source "${name}"; known are ${known}`),
        );
      }
    }
    for (const [name, schema] of schemas) {
      const section = schema.safeParse(config.sources[name]);
      if (section.success) sections.set(name, section.data);
      else mistakes.push(...section.error.issues.map((issue) => locate(issue, ['sources', name])));
    }
  }
  if (mistakes.length === 0) return { config, sections, mistakes };
  const fallback = previous ?? loadConfig(file, undefined, schemas);
  return { ...fallback, mistakes };

  function locate(issue: z.core.$ZodIssue, prefix: PropertyKey[]): ConfigMistake {
    const extra = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
    return mistakeAt([...prefix, ...issue.path, ...extra], issue.message);
  }

  /** The position of the deepest part of the path that stands in the file. */
  function mistakeAt(path: PropertyKey[], message: string): ConfigMistake {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const node = document.getIn(path.slice(0, depth), true) as { range?: [number] } | undefined;
      if (node?.range) {
        const { line, col } = lines.linePos(node.range[0]);
        return {
          file,
          line,
          column: col,
          message: `${path.map(String).join('.')}: ${message}`,
        };
      }
    }
    return {
      file,
      line: 1,
      column: 1,
      message: `${path.map(String).join('.')}: ${message}`,
    };
  }
}

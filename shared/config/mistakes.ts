import {
  type Document,
  isMap,
  isNode,
  isScalar,
  type LineCounter,
  type Pair,
  type Range,
  type YAMLMap,
} from 'yaml';
import type { z } from 'zod';
import { choicesOf, keysOf, type Part, type Path, partAt } from './keys.ts';
import { nearest } from './nearest.ts';

/** A mistake in burnrate.yaml, where it stands. */
export interface ConfigMistake {
  file: string;
  /** Lines and columns count from 1. */
  line: number;
  column: number;
  message: string;
  /** The same place as offsets in the text: `[from, to)`. */
  from: number;
  to: number;
  path: Path;
  /** What could be another one there: a key that nothing has, or a value. */
  wrong?: 'key' | 'value';
}

/** What is wrong, before it is known where in the text that is. */
export type Wrong = Pick<ConfigMistake, 'path' | 'message' | 'wrong'>;

/** What a schema has against a value; `prefix` is where in the file that value stands. */
export function wrongIn(issues: readonly z.core.$ZodIssue[], prefix: Path = []): Wrong[] {
  return issues.flatMap((issue): Wrong[] => {
    const steps = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    const path = [...prefix, ...steps];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `Unrecognized key: "${key}"`,
        wrong: 'key',
      }));
    const ofValue = issue.code === 'invalid_value' || issue.code === 'invalid_type';
    return [{ path, message: issue.message, ...(ofValue && { wrong: 'value' }) }];
  });
}

/** The mistake at the deepest part of its path that stands in the file, and what was meant there. */
export function mistakeAt(
  { path, message, wrong }: Wrong,
  text: { file: string; document: Document; lines: LineCounter; schema: () => Part },
): ConfigMistake {
  const { file, document, lines, schema } = text;
  const at = (wrong === 'key' && keyIn(document, path)) || valueIn(document, path);
  const { line, col } = at ? lines.linePos(at[0]) : { line: 1, col: 1 };
  const meant = wrong && insteadOf({ path, wrong }, document, schema()).meant;
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
  return {
    file,
    line,
    column: col,
    message: `${path.join('.')}: ${message}${hint}`,
    from: at?.[0] ?? 0,
    to: at?.[1] ?? 0,
    path,
    ...(wrong && { wrong }),
  };
}

/** What could stand in the place of what is wrong; which of it was meant, where one is near. */
export function insteadOf(
  { path, wrong }: Pick<ConfigMistake, 'path' | 'wrong'>,
  document: Document,
  schema: Part,
): { choices: string[]; meant?: string } {
  const part = partAt(schema, wrong === 'key' ? path.slice(0, -1) : path);
  if (!part) return { choices: [] };
  const choices = wrong === 'key' ? keysOf(part).map(([key]) => key) : choicesOf(part);
  const written = wrong === 'key' ? path.at(-1) : document.getIn(path);
  const meant = nearest(String(written), choices);
  return { choices, ...(meant !== undefined && { meant }) };
}

/** The entry of a map at a path, as far as the file has it. */
export function entryIn(document: Document, path: Path): { map: YAMLMap; entry: Pair } | undefined {
  const map = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(map)) return undefined;
  const entry = map.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1));
  return entry && { map, entry };
}

function keyIn(document: Document, path: Path): Range | undefined {
  const key = entryIn(document, path)?.entry.key;
  return isScalar(key) ? (key.range ?? undefined) : undefined;
}

function valueIn(document: Document, path: Path): Range | undefined {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range;
  }
  return undefined;
}

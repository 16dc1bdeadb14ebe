import { parse } from 'yaml';
import {
  choicesOf,
  keysOf,
  type Named,
  namedBy,
  namedByKeys,
  type Part,
  partAt,
  waysOf,
} from '../config/keys.ts';
import { oneLine } from '../model/text.ts';
import type { Typing } from './config_place.ts';
import { kindOf } from './config_words.ts';

/** What can be written at the cursor. */
export interface Suggestion {
  kind: 'key' | 'value' | 'name';
  label: string;
  /** What takes the place of the word that is being written. */
  text: string;
  detail: string;
  description?: string;
}

/** A thing that the collector knows, by the name that burnrate.yaml would call it. */
export interface KnownName {
  name: string;
  detail: string;
}

/**
 * What may stand where somebody writes, by the schema: keys that the map has not yet, values where
 * there are a few, names of what the collector knows. In a list each begins with its dash.
 */
export function suggestionsFor(
  typing: Typing,
  schema: Part,
  known: (named: Named) => KnownName[],
): Suggestion[] {
  const part = partAt(schema, typing.path);
  if (!part) return [];
  if (typing.role === 'value') return valuesOf(part, known);
  const items = waysOf(part).find(({ type }) => type === 'array')?.items;
  // A line below a list's key is no item of it before it has a dash.
  if (typeof items === 'object' && !Array.isArray(items))
    return inMap(items, typing, known).map((one) => ({ ...one, text: `- ${one.text}` }));
  return inMap(part, typing, known);
}

function inMap(part: Part, typing: Typing, known: (named: Named) => KnownName[]): Suggestion[] {
  const { beside, hasColon } = typing;
  const named = namedByKeys(part);
  const names = named ? namesOf(known(named)) : [];
  const keys = keysOf(part).map(
    ([key, at]): Suggestion => ({
      kind: 'key',
      label: key,
      text: hasColon ? key : isNested(at) ? `${key}:` : `${key}: `,
      detail: kindOf(at),
      ...(at.description !== undefined && { description: at.description }),
    }),
  );
  const ofNames = names.map((one) => ({ ...one, text: hasColon ? one.text : `${one.text}:` }));
  // In a list of texts what stands alone on its line is a value.
  const values = valuesOf(part, known);
  return [...keys, ...ofNames, ...values].filter(({ label }) => !beside.includes(label));
}

function valuesOf(part: Part, known: (named: Named) => KnownName[]): Suggestion[] {
  const named = namedBy(part);
  return [
    ...choicesOf(part).map((choice): Suggestion => {
      const detail = String(part.default) === choice ? 'the default' : '';
      return { kind: 'value', label: choice, text: choice, detail };
    }),
    ...(named ? namesOf(known(named)) : []),
  ];
}

function namesOf(known: readonly KnownName[]): Suggestion[] {
  return known.map(({ name, detail }) => ({
    kind: 'name',
    label: oneLine(name),
    text: inYaml(name),
    detail,
  }));
}

/** Quoted where YAML would read something else in it. */
function inYaml(name: string): string {
  const plain = /^[\w./@-]+( [\w./@-]+)*$/.test(name) && parse(name) === name;
  return plain ? name : JSON.stringify(name);
}

function isNested(part: Part): boolean {
  return waysOf(part).every(({ type }) => type === 'object' || type === 'array');
}

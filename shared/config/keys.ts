import type { z } from 'zod';

/** A part of burnrate.yaml's JSON Schema: what may stand at one place of it. */
export type Part = z.core.JSONSchema.BaseSchema;

/** A place in burnrate.yaml: keys of maps and indices of lists, from the top. */
export type Path = readonly (string | number)[];

/** What a text in burnrate.yaml can be the name of, as schemas say by `x-names`. */
export type Named = 'account' | 'budget' | 'job' | 'owner' | 'partition' | 'project';

/** What may stand at a place; undefined where nothing may, or nobody knows what. */
export function partAt(schema: Part, path: Path): Part | undefined {
  return path.reduce<Part | undefined>((part, step) => part && within(part, step), schema);
}

function within(part: Part, step: string | number): Part | undefined {
  for (const { items, properties = {}, additionalProperties } of waysOf(part)) {
    const own = typeof step === 'string' && Object.hasOwn(properties, step);
    const found = typeof step === 'number' ? items : own ? properties[step] : additionalProperties;
    if (typeof found === 'object' && !Array.isArray(found)) return found;
  }
  return undefined;
}

/** In which ways it may be written: an address alone, or a map that holds one. */
export function waysOf(part: Part): Part[] {
  return part.anyOf?.flatMap(waysOf) ?? [part];
}

/** The keys that a map may have here, each with what may stand at it. */
export function keysOf(part: Part): [key: string, part: Part][] {
  return waysOf(part).flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([key, at]): [string, Part][] =>
      typeof at === 'object' ? [[key, at]] : [],
    ),
  );
}

/** What a value may be, where it is one of a few. */
export function choicesOf(part: Part): string[] {
  return waysOf(part).flatMap((way) =>
    way.type === 'boolean' ? ['true', 'false'] : (way.enum ?? []).map(String),
  );
}

/** What a value here is the name of, if of anything that Burnrate knows. */
export function namedBy(part: Part): Named | undefined {
  return waysOf(part).find((way) => way['x-names'])?.['x-names'] as Named | undefined;
}

/** The same of the keys of a map that may have any: prices by partition. */
export function namedByKeys({ propertyNames }: Part): Named | undefined {
  return typeof propertyNames === 'object' ? namedBy(propertyNames) : undefined;
}

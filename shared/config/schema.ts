import { z } from 'zod';
import { Config } from './config.ts';
import type { Part } from './keys.ts';
import type { SectionSchemas } from './load.ts';

/**
 * The JSON Schema of burnrate.yaml, for editors that complete and check it: the same schemas that
 * the collector reads it by, with each source's own section, and that of each reader of bills.
 */
export function configSchema(sections: SectionSchemas, invoices: SectionSchemas = new Map()): Part {
  const schema = schemaOf(Config);
  const { sources, invoices: bills } = schema.properties as Record<string, Part>;
  return {
    ...schema,
    title: 'burnrate.yaml',
    properties: {
      ...schema.properties,
      sources: { ...sources, properties: schemasOf(sections), additionalProperties: false },
      invoices: { ...bills, properties: schemasOf(invoices) },
    },
  };
}

function schemasOf(sections: SectionSchemas): Record<string, Part> {
  return Object.fromEntries([...sections].map(([id, section]) => [id, schemaOf(section)]));
}

/** By what it was made of: all of them take some 15 ms, and an editor asks with every letter. */
const made = new WeakMap<z.ZodType, Part>();

/** As a person writes it: what has a default may be left out. */
function schemaOf(schema: z.ZodType): Part {
  const known = made.get(schema);
  if (known) return known;
  const { $schema: _, ...part } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  made.set(schema, part);
  return part;
}

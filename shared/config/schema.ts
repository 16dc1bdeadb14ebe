import { z } from 'zod';
import { Config } from './config.ts';
import type { Part } from './keys.ts';
import type { Schemas, SectionSchemas } from './sections.ts';

/**
 * The JSON Schema of burnrate.yaml, for editors that complete and check it: the same schemas that
 * the collector reads it by, with each source's own section, and that of each reader of bills.
 */
export function configSchema(schemas: Schemas): Part {
  const schema = schemaOf(Config);
  const { sources = {}, invoices = {} } = schema.properties as Record<string, Part>;
  return {
    ...schema,
    title: 'burnrate.yaml',
    properties: {
      ...schema.properties,
      sources: withSections(sources, schemas.sources),
      invoices: withSections(invoices, schemas.invoices),
    },
  };
}

function withSections(part: Part, sections: SectionSchemas): Part {
  const properties = [...sections].map(([id, section]) => [id, schemaOf(section)]);
  return { ...part, properties: Object.fromEntries(properties), additionalProperties: false };
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

import { z } from 'zod';
import { Config } from './config.ts';
import type { SectionSchemas } from './load.ts';

/**
 * The JSON Schema of burnrate.yaml, for editors that complete and check it: the same schemas that
 * the collector reads it by, with each source's own section.
 */
export function configSchema(sections: SectionSchemas): z.core.JSONSchema.BaseSchema {
  const schema = schemaOf(Config);
  const sources = Object.fromEntries([...sections].map(([id, section]) => [id, schemaOf(section)]));
  return {
    ...schema,
    title: 'burnrate.yaml',
    properties: {
      ...schema.properties,
      sources: { type: 'object', properties: sources, additionalProperties: false },
    },
  };
}

/** As a person writes it: what has a default may be left out. */
function schemaOf(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

import type { z } from 'zod';
import { type Wrong, wrongIn } from './mistakes.ts';

/** The schemas of sections, by the ids of what reads them. */
export type SectionSchemas = ReadonlyMap<string, z.ZodType>;

/** Those of all sections that have readers of their own. */
export interface Schemas {
  sources: SectionSchemas;
  invoices: SectionSchemas;
}

const READER: Readonly<Record<keyof Schemas, string>> = {
  sources: 'source',
  invoices: 'reader of bills',
};

/** Each section by its own schema, absent ones too; what is wrong in them, and those of nothing. */
export function readSections(
  name: keyof Schemas,
  written: Readonly<Record<string, unknown>>,
  { [name]: schemas }: Schemas,
): { sections: Map<string, unknown>; wrong: Wrong[] } {
  const known = [...schemas.keys()].join(', ');
  const wrong: Wrong[] = Object.keys(written)
    .filter((id) => !schemas.has(id))
    .map((id) => ({
      path: [name, id],
      message: `there is no ${READER[name]} "${id}"; known are ${known}`,
      wrong: 'key',
    }));
  const sections = new Map<string, unknown>();
  for (const [id, schema] of schemas) {
    const section = schema.safeParse(written[id]);
    if (section.success) sections.set(id, section.data);
    else wrong.push(...wrongIn(section.error.issues, [name, id]));
  }
  return { sections, wrong };
}

import { choicesOf, type Part, type Path, partAt, waysOf } from '../config/keys.ts';

/** What zod gives as bounds of a whole number that has none. */
const NO_BOUND = Number.MAX_SAFE_INTEGER;

/** What a hover says of a key, in Markdown: what may stand there, its default, and what it means. */
export function keyWords(schema: Part, path: Path): string | undefined {
  const key = path.findLastIndex((step) => typeof step === 'string');
  const part = partAt(schema, path.slice(0, key + 1));
  if (!part || key < 0) return undefined;
  const head = `**${path[key]}** · ${kindOf(part)}${defaultOf(part)}`;
  return part.description === undefined ? head : `${head}\n\n${part.description}`;
}

/** `a number from 0 to 1`, `one of notify, stop`. */
export function kindOf(part: Part): string {
  const kinds = waysOf(part).map((way) => {
    const choices = choicesOf(way);
    if (choices.length > 0) return `one of ${choices.join(', ')}`;
    if (way.type === 'number') return `a number${boundsOf(way)}`;
    if (way.type === 'integer') return `a whole number${boundsOf(way)}`;
    if (way.type === 'array') return 'a list';
    if (way.type === 'object') return 'a section';
    return way.format === 'uri' ? 'an address' : 'a text';
  });
  return [...new Set(kinds)].join(', or ');
}

function boundsOf({ minimum, maximum, exclusiveMinimum }: Part): string {
  const above = typeof exclusiveMinimum === 'number' && ` above ${exclusiveMinimum}`;
  const least = minimum !== undefined && minimum > -NO_BOUND ? minimum : undefined;
  const most = maximum !== undefined && maximum < NO_BOUND ? maximum : undefined;
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  const from = above || (least === undefined ? '' : ` of at least ${least}`);
  return most === undefined ? from : `${from} up to ${most}`;
}

/** A section's default is what its keys' defaults are. */
function defaultOf({ default: preset }: Part): string {
  if (preset === undefined || (typeof preset === 'object' && !Array.isArray(preset))) return '';
  if (Array.isArray(preset) && preset.length === 0) return ' · default: none';
  return ` · default: \`${Array.isArray(preset) ? preset.join(', ') : preset}\``;
}

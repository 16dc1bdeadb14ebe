import { type Document, isNode, type Pair } from 'yaml';
import type { Part } from '../config/keys.ts';
import { type ConfigMistake, entryIn, insteadOf } from '../config/mistakes.ts';
import type { Remark, Span } from './ask.ts';

type Fix = NonNullable<Remark['fix']>;

/** Of more values than this none is offered that is not near what was written. */
const FEW = 5;

/** What mends a mistake in burnrate.yaml: the word that was meant, or nothing in its place. */
export function fixesOf(
  mistake: ConfigMistake,
  document: Document,
  text: string,
  schema: Part,
): Fix[] {
  const { wrong, from, to, path } = mistake;
  if (!wrong) return [];
  const { meant, choices } = insteadOf(mistake, document, schema);
  const few = wrong === 'value' && choices.length <= FEW ? choices : [];
  const words = meant === undefined ? few : [meant];
  const changes = words.map((word) => ({
    title: `Change to ${word}`,
    at: { from, to },
    text: word,
  }));
  const removal = wrong === 'key' ? removalOf(path, document, text) : undefined;
  return removal ? [...changes, { title: `Remove ${path.at(-1)}`, ...removal }] : changes;
}

/** Takes an entry out of its map, and leaves the others and their comments as they stand. */
function removalOf(
  path: ConfigMistake['path'],
  document: Document,
  text: string,
): Omit<Fix, 'title'> | undefined {
  const found = entryIn(document, path);
  if (!found) return undefined;
  const { map, entry } = found;
  const index = map.items.indexOf(entry);
  const [before, after] = [map.items[index - 1], map.items[index + 1]];
  const own = spanOf(entry, text);
  // A map of nothing is written as such: left out, it would be no map.
  if (!before && !after) {
    const [from, to] = (map.flow && map.range) || [own.from, own.to];
    return { at: { from, to }, text: '{}' };
  }
  if (map.flow) {
    const from = before ? spanOf(before, text).to : own.from;
    return { at: { from, to: before || !after ? own.to : spanOf(after, text).from }, text: '' };
  }
  const [comment = ''] = /^[ \t]*(#[^\r\n]*)?/.exec(text.slice(own.to)) ?? [];
  const to = own.to + comment.length;
  // The first one may stand behind the dash of a list: what follows it takes its place.
  const [next = ''] = /^\r?\n[ \t]*/.exec(text.slice(to)) ?? [];
  if (!before) return { at: { from: own.from, to: to + next.length }, text: '' };
  const [line = ''] = /\r?\n[ \t]*$/.exec(text.slice(0, own.from)) ?? [];
  return { at: { from: own.from - line.length, to }, text: '' };
}

/** From the beginning of its key to the end of its value. */
function spanOf({ key, value }: Pair, text: string): Span {
  const [from, keyTo] = (isNode(key) && key.range) || [0, 0];
  const to = (isNode(value) && value.range?.[1]) || keyTo;
  // A block goes on to where the next one begins.
  return { from, to: text.slice(0, to).trimEnd().length };
}

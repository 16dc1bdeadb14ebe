import { isMap, isPair, isScalar, isSeq, parseDocument, type Scalar, visit } from 'yaml';
import type { Path } from '../config/keys.ts';
import type { Span } from './ask.ts';

/** A word in burnrate.yaml: a key, or a value. */
export interface ConfigPlace {
  /** Its path: a key's ends with itself, a value's with its key or its index in a list. */
  path: Path;
  role: 'key' | 'value';
  at: Span;
  text: string;
  /** The keys of the map that it is a key of. */
  beside: string[];
}

/** A word that is being written, and what it may become. */
export interface Typing extends ConfigPlace {
  /** Whether a colon follows it already. */
  hasColon: boolean;
}

/** In no file: where the cursor is, in the text that is parsed. */
const MARK = '\u{F8FF}';

/** The word at an offset; undefined where there is none. */
export function placeAt(text: string, offset: number): ConfigPlace | undefined {
  return findScalar(text, ({ range }) => {
    const [from, to] = range ?? [0, 0];
    return from < to && from <= offset && offset <= to;
  });
}

/**
 * What is being written at an offset. The text is unfinished there, so it is parsed with a mark at
 * the cursor; a colon after it makes a key of what stands alone on its line, lest the parser take it
 * for the beginning of a text that goes on in the next line.
 */
export function typingAt(text: string, offset: number): Typing | undefined {
  const lineFrom = text.lastIndexOf('\n', offset - 1) + 1;
  const [lineRest = ''] = text.slice(offset).split('\n', 1);
  const [wordRest = ''] = /^[\w-]*/.exec(lineRest) ?? [];
  const end = offset + wordRest.length;
  const alone =
    /^\s*(- +)*[\w-]*$/.test(text.slice(lineFrom, offset)) &&
    /^\s*(#.*)?$/.test(lineRest.slice(wordRest.length));
  const marked = `${text.slice(0, end)}${MARK}${alone ? ':' : ''}${text.slice(end)}`;
  const found = findScalar(marked, ({ source, value }) => (source ?? String(value)).includes(MARK));
  if (!found) return undefined;
  const { path, role, at, beside } = found;
  const word = { from: at.from, to: at.to - MARK.length };
  const written = text.slice(word.from, word.to);
  // What goes over several lines is no key, and no name.
  if (written.includes('\n')) return undefined;
  return {
    path: role === 'key' ? path.slice(0, -1) : path,
    role,
    at: word,
    text: written,
    beside: beside.filter((key) => !key.includes(MARK)),
    hasColon: role === 'key' && !alone && /^\s*:/.test(text.slice(word.to)),
  };
}

function findScalar(text: string, isIt: (scalar: Scalar) => boolean): ConfigPlace | undefined {
  let found: ConfigPlace | undefined;
  const document = parseDocument(text, { logLevel: 'silent', prettyErrors: false });
  visit(document, {
    Scalar(key, scalar, above) {
      if (!scalar.range || !isIt(scalar)) return undefined;
      const [from, to] = scalar.range;
      const map = above.findLast(isMap);
      found = {
        path: pathOf([...above, scalar]),
        role: key === 'key' ? 'key' : 'value',
        at: { from, to },
        text: textOf(scalar),
        beside: key === 'key' && map ? map.items.map((pair) => textOf(pair.key)) : [],
      };
      return visit.BREAK;
    },
  });
  return found;
}

/** From a node's ancestors and itself, the outermost first. */
function pathOf(chain: readonly unknown[]): Path {
  return chain.flatMap((node, index): Path => {
    if (isPair(node)) return [textOf(node.key)];
    const list = chain[index - 1];
    return isSeq(list) ? [list.items.indexOf(node)] : [];
  });
}

function textOf(node: unknown): string {
  return isScalar(node) ? String(node.value) : '';
}

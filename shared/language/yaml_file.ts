import { type Document, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Span } from './ask.ts';

/** A line that is a template of Helm's, or begins with one behind its key. */
const TEMPLATE_LINE = /^[ \t]*(?:- )?(?:[\w./-]+:[ \t]+)?["']?\{\{/m;
const TEMPLATE = /\{\{[\s\S]*?\}\}/g;
/** In no file: what a template will become, which nobody knows yet. */
const UNKNOWN = '\u{F8FE}';

/** Where something stands in a document. */
export type Path = readonly (string | number)[];

/** One YAML document with the places of its parts. */
export class YamlFile {
  readonly #document: Document;
  /** Whether it is a template of Helm's: no file that could be used as it is. */
  readonly isTemplate: boolean;

  constructor(document: Document, isTemplate: boolean) {
    this.#document = document;
    this.isTemplate = isTemplate;
  }

  /** The plain value at a path; undefined where there is none. */
  get(...path: Path): unknown {
    const node = this.#document.getIn(path, true);
    if (isScalar(node)) return node.value;
    try {
      return isMap(node) || isSeq(node) ? node.toJS(this.#document) : undefined;
    } catch {
      // An alias in it stands for nothing, as long as its anchor is not written.
      return undefined;
    }
  }

  /** The same as a text; undefined where it is none, or a template decides it. */
  text(...path: Path): string | undefined {
    const value = this.get(...path);
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
    return text?.includes(UNKNOWN) ? undefined : text;
  }

  number(...path: Path): number | undefined {
    const value = Number(this.get(...path) ?? Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  }

  keys(...path: Path): string[] {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    return isMap(node) ? node.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
  }

  /** The places of a list's items; none where there is no list. */
  items(...path: Path): Path[] {
    const node = this.#document.getIn(path, true);
    return isSeq(node) ? node.items.map((_, index) => [...path, index]) : [];
  }

  /** Where the key of a map's entry stands, for a line above it; undefined where it is not there. */
  keyAt(...path: Path): Span | undefined {
    const above = path.slice(0, -1);
    const parent = above.length === 0 ? this.#document.contents : this.#document.getIn(above, true);
    if (!isMap(parent)) return undefined;
    const wanted = path.at(-1);
    const entry = parent.items.find(({ key }) => isScalar(key) && key.value === wanted);
    return isScalar(entry?.key) && entry.key.range
      ? { from: entry.key.range[0], to: entry.key.range[1] }
      : undefined;
  }

  /** Where a value stands. */
  valueAt(...path: Path): Span | undefined {
    const node = this.#document.getIn(path, true);
    const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined;
    return range ? { from: range[0], to: range[1] } : undefined;
  }
}

/** The documents of a YAML text that can be read; half-written ones as far as they go. */
export function yamlFiles(text: string): YamlFile[] {
  const isTemplate = TEMPLATE_LINE.test(text);
  const plain = isTemplate ? withoutTemplates(text) : text;
  const documents = parseAllDocuments(plain, { logLevel: 'silent', prettyErrors: false });
  return Array.isArray(documents)
    ? documents.map((document) => new YamlFile(document, isTemplate))
    : [];
}

/**
 * Of a line of templates alone nothing is left; within a line each becomes a word as long as it, so
 * that all else stays where it stands.
 */
function withoutTemplates(text: string): string {
  return text
    .replace(/^[ \t]*(?:\{\{[\s\S]*?\}\}[ \t]*)+\r?$/gm, (lines) => lines.replace(/[^\r\n]/g, ' '))
    .replace(TEMPLATE, (one) => UNKNOWN.repeat(one.length));
}

import { type Document, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Span } from './ask.ts';

/** One YAML document with the places of its parts. */
export class YamlFile {
  readonly #document: Document;

  constructor(document: Document) {
    this.#document = document;
  }

  /** The plain value at a path; undefined where there is none. */
  get(...path: (string | number)[]): unknown {
    const node = this.#document.getIn(path, true);
    if (isScalar(node)) return node.value;
    return isMap(node) || isSeq(node) ? node.toJS(this.#document) : undefined;
  }

  text(...path: (string | number)[]): string | undefined {
    const value = this.get(...path);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  }

  number(...path: (string | number)[]): number | undefined {
    const value = Number(this.get(...path) ?? Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  }

  keys(...path: (string | number)[]): string[] {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    return isMap(node) ? node.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
  }

  length(...path: (string | number)[]): number {
    const node = this.#document.getIn(path, true);
    return isSeq(node) ? node.items.length : 0;
  }

  /** Where the key of a map's entry stands, for a line above it; undefined where it is not there. */
  keyAt(...path: (string | number)[]): Span | undefined {
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
  valueAt(...path: (string | number)[]): Span | undefined {
    const node = this.#document.getIn(path, true);
    const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined;
    return range ? { from: range[0], to: range[1] } : undefined;
  }
}

/** The documents of a YAML text that can be read; half-written ones as far as they go. */
export function yamlFiles(text: string): YamlFile[] {
  const documents = parseAllDocuments(text, { logLevel: 'silent', prettyErrors: false });
  return Array.isArray(documents) ? documents.map((document) => new YamlFile(document)) : [];
}

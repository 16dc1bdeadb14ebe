import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  type CodeAction,
  type CodeLens,
  type CompletionItem,
  CompletionItemKind,
  type Diagnostic,
  DiagnosticSeverity,
  type Hover,
  type Position,
  type Range,
} from 'vscode-languageserver-types';
import { type Document, parseDocument } from 'yaml';
import type { Part } from '../config/keys.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { ConfigMistake } from '../config/mistakes.ts';
import { configSchema } from '../config/schema.ts';
import { budgetLines } from './budget_lenses.ts';
import { type Suggestion, suggestionsFor } from './config_completion.ts';
import { factsOf } from './config_facts.ts';
import { fixesOf } from './config_fixes.ts';
import { knownNames } from './config_names.ts';
import { placeAt, typingAt } from './config_place.ts';
import { keyWords } from './config_words.ts';
import { type EditedFile, quickFix, rangeOf, touches } from './edited_file.ts';
import type { LanguageScene } from './features.ts';

/** Whether a document is Burnrate's configuration. */
export function isConfig(uri: string): boolean {
  return /(^|\/)burnrate\.ya?ml$/.test(uri);
}

/** burnrate.yaml as somebody writes it: by the schemas that the collector reads it by. */
export class ConfigFile implements EditedFile {
  /** What budgets have left does. */
  readonly changes = true;
  readonly #document: TextDocument;
  readonly #text: string;
  readonly #scene: LanguageScene;
  #knownTree: Document | undefined;
  #knownLoaded: LoadedConfig | undefined;

  constructor(document: TextDocument, scene: LanguageScene) {
    this.#document = document;
    this.#text = document.getText();
    this.#scene = scene;
  }

  /** How far the budgets are spent. */
  lenses(): CodeLens[] {
    return budgetLines(this.#text, this.#scene.spent).map(({ at, title }) => ({
      range: rangeOf(this.#document, at),
      command: { title, command: 'burnrate.showPanel' },
    }));
  }

  /** What a key means, and what the collector knows of what a value names. */
  hover(position: Position): Hover | undefined {
    const place = placeAt(this.#text, this.#document.offsetAt(position));
    const words = place && keyWords(this.#schema, place.path);
    if (!words) return undefined;
    const [section, index] = place.path;
    const budget = section === 'budgets' ? this.#tree.getIn([section, index, 'name']) : undefined;
    const name = typeof budget === 'string' ? budget : undefined;
    const facts = factsOf(place, this.#schema, this.#scene, name);
    const value = facts ? `${words}\n\n---\n\n${facts}` : words;
    const range = rangeOf(this.#document, place.at);
    return { contents: { kind: 'markdown', value }, range };
  }

  /** What may be written there. */
  completions(position: Position): CompletionItem[] {
    const typing = typingAt(this.#text, this.#document.offsetAt(position));
    if (!typing) return [];
    const range = rangeOf(this.#document, typing.at);
    return suggestionsFor(typing, this.#schema, (named) =>
      knownNames(named, typing.path, this.#scene),
    ).map((one, index) => ({
      label: one.label,
      kind: KINDS[one.kind],
      detail: one.detail,
      // As the schema has them: what is needed most stands first.
      sortText: String(index).padStart(4, '0'),
      textEdit: { range, newText: one.text },
      ...(one.description && { documentation: { kind: 'markdown', value: one.description } }),
    }));
  }

  diagnostics(): Diagnostic[] {
    return this.#mistakes.map((mistake) => this.#diagnosticOf(mistake));
  }

  fixes(range: Range): CodeAction[] {
    return this.#mistakes
      .filter((mistake) => touches(this.#document, mistake, range))
      .flatMap((mistake) =>
        fixesOf(mistake, this.#tree, this.#text, this.#schema).map((fix) =>
          quickFix(this.#document, fix, [this.#diagnosticOf(mistake)]),
        ),
      );
  }

  get #schema(): Part {
    return configSchema(this.#scene.schemas);
  }

  get #loaded(): LoadedConfig {
    this.#knownLoaded ??= loadConfig('burnrate.yaml', this.#text, this.#scene.schemas);
    return this.#knownLoaded;
  }

  get #mistakes(): ConfigMistake[] {
    return [...this.#loaded.mistakes, ...this.#loaded.ignored];
  }

  /** Marked on its first line alone: a mistake of a whole section is said where that begins. */
  #diagnosticOf(mistake: ConfigMistake): Diagnostic {
    const { from, to, wrong, message } = mistake;
    const { Error: error, Warning: warning } = DiagnosticSeverity;
    const [line = ''] = this.#text.slice(from, to).split('\n', 1);
    return {
      range: rangeOf(this.#document, { from, to: from + line.trimEnd().length }),
      severity: this.#loaded.ignored.includes(mistake) ? warning : error,
      code: wrong ? `wrong-${wrong}` : 'configuration',
      source: 'burnrate',
      message,
    };
  }

  get #tree(): Document {
    this.#knownTree ??= parseDocument(this.#text, { logLevel: 'silent', prettyErrors: false });
    return this.#knownTree;
  }
}

const KINDS = {
  key: CompletionItemKind.Property,
  value: CompletionItemKind.EnumMember,
  name: CompletionItemKind.Reference,
} as const satisfies Record<Suggestion['kind'], CompletionItemKind>;

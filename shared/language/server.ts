import type { MessageConnection } from 'vscode-jsonrpc';
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  Diagnostic,
  Hover,
  ServerCapabilities,
} from 'vscode-languageserver-protocol';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { z } from 'zod';
import { ConfigFile, isConfig } from './config_file.ts';
import type { EditedFile } from './edited_file.ts';
import { JobFile, type LanguageScene } from './features.ts';

/** What a language client is told that can be had. */
export const LANGUAGE_CAPABILITIES: ServerCapabilities = {
  // Open and close, and each change with the whole text: job files are short.
  textDocumentSync: { openClose: true, change: 1 },
  codeLensProvider: {},
  hoverProvider: true,
  // A value begins behind the blank after its key's colon, an item of a list behind its dash's.
  completionProvider: { triggerCharacters: [' '] },
  codeActionProvider: { codeActionKinds: ['quickfix'] },
};

/** The price of a running job above its file is no older than this. */
const REFRESH_MS = 10_000;

const Identifier = z.object({ uri: z.string() });
const Place = z.object({ line: z.number().int(), character: z.number().int() });
const Opened = z.object({
  textDocument: Identifier.extend({
    languageId: z.string(),
    version: z.number(),
    text: z.string(),
  }),
});
const Changed = z.object({
  textDocument: Identifier.extend({ version: z.number() }),
  contentChanges: z.array(z.object({ text: z.string() })).min(1),
});
const About = z.object({ textDocument: Identifier });
const Pointed = About.extend({ position: Place });
const Ranged = About.extend({ range: z.object({ start: Place, end: Place }) });

/**
 * Prices in one editor's job files, and help with burnrate.yaml, on the collector's own connection, by
 * the Language Server Protocol (https://microsoft.github.io/language-server-protocol/).
 */
export class LanguageService {
  readonly #connection: MessageConnection;
  readonly #scene: () => LanguageScene;
  readonly #documents = new Map<string, TextDocument>();
  /** Those of which something is said that changes with time, by their text as it is now. */
  readonly #changing = new Set<string>();
  #refreshedAt = 0;

  constructor(connection: MessageConnection, scene: () => LanguageScene) {
    this.#connection = connection;
    this.#scene = scene;
    connection.onNotification('textDocument/didOpen', (params: unknown) => {
      const { uri, languageId, version, text } = Opened.parse(params).textDocument;
      this.#set(TextDocument.create(uri, languageId, version, text));
    });
    connection.onNotification('textDocument/didChange', (params: unknown) => {
      const { textDocument, contentChanges } = Changed.parse(params);
      const { uri, version } = textDocument;
      const known = this.#documents.get(uri);
      const text = contentChanges.at(-1)?.text ?? '';
      if (known) this.#set(TextDocument.create(uri, known.languageId, version, text));
    });
    connection.onNotification('textDocument/didClose', (params: unknown) => {
      const { uri } = About.parse(params).textDocument;
      this.#documents.delete(uri);
      this.#changing.delete(uri);
      this.#publish(uri, []);
    });
    connection.onRequest('textDocument/codeLens', (params: unknown): CodeLens[] => {
      return this.#file(About.parse(params))?.lenses() ?? [];
    });
    connection.onRequest('textDocument/hover', (params: unknown): Hover | null => {
      const asked = Pointed.parse(params);
      return this.#file(asked)?.hover(asked.position) ?? null;
    });
    connection.onRequest('textDocument/completion', (params: unknown): CompletionItem[] => {
      const asked = Pointed.parse(params);
      return this.#file(asked)?.completions(asked.position) ?? [];
    });
    connection.onRequest('textDocument/codeAction', (params: unknown): CodeAction[] => {
      const asked = Ranged.parse(params);
      return this.#file(asked)?.fixes(asked.range) ?? [];
    });
  }

  /** Something has changed that prices or running jobs hang on. */
  changed(): void {
    const now = Date.now();
    if (this.#changing.size === 0 || now - this.#refreshedAt < REFRESH_MS) return;
    this.#refreshedAt = now;
    this.#connection.sendRequest('workspace/codeLens/refresh').catch(() => {
      // The editor is going, or does not do this: it asks again when the file changes.
    });
  }

  #set(document: TextDocument): void {
    const { uri } = document;
    const file = opened(document, this.#scene());
    this.#documents.set(uri, document);
    if (file.changes) this.#changing.add(uri);
    else this.#changing.delete(uri);
    this.#publish(uri, file.diagnostics());
  }

  #file({ textDocument }: z.output<typeof About>): EditedFile | undefined {
    const document = this.#documents.get(textDocument.uri);
    return document && opened(document, this.#scene());
  }

  #publish(uri: string, diagnostics: Diagnostic[]): void {
    void this.#connection.sendNotification('textDocument/publishDiagnostics', { uri, diagnostics });
  }
}

function opened(document: TextDocument, scene: LanguageScene): EditedFile {
  return isConfig(document.uri) ? new ConfigFile(document, scene) : new JobFile(document, scene);
}

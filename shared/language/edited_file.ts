import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  Diagnostic,
  Hover,
  Position,
  Range,
} from 'vscode-languageserver-types';

/** A file that is open in an editor, and all that can be said of it there. */
export interface EditedFile {
  /** Whether anything is said of it that changes with time. */
  readonly changes: boolean;
  lenses(): CodeLens[];
  hover(position: Position): Hover | undefined;
  completions(position: Position): CompletionItem[];
  diagnostics(): Diagnostic[];
  /** The quick fixes for what stands in the range. */
  fixes(range: Range): CodeAction[];
}

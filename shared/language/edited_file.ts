import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  type CodeAction,
  CodeActionKind,
  type CodeLens,
  type CompletionItem,
  type Diagnostic,
  type Hover,
  type Position,
  type Range,
} from 'vscode-languageserver-types';
import type { Remark, Span } from './ask.ts';

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

/** Where a part of a document's text is, in lines. */
export function rangeOf(document: TextDocument, { from, to }: Span): Range {
  return { start: document.positionAt(from), end: document.positionAt(to) };
}

/** Whether a part of a document's text is in the range, or touches it. */
export function touches(document: TextDocument, { from, to }: Span, range: Range): boolean {
  return from <= document.offsetAt(range.end) && document.offsetAt(range.start) <= to;
}

/** What is offered to mend what those diagnostics say. */
export function quickFix(
  document: TextDocument,
  { title, at, text }: NonNullable<Remark['fix']>,
  diagnostics: Diagnostic[],
): CodeAction {
  const edit = { range: rangeOf(document, at), newText: text };
  const changes = { [document.uri]: [edit] };
  return { title, kind: CodeActionKind.QuickFix, diagnostics, edit: { changes } };
}

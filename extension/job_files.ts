import { type DocumentSelector, languages, type TextDocument, workspace } from 'vscode';

/** What may be a job file; the collector tells by the text whether it is one. */
export const JOB_FILES = [
  { scheme: 'file', language: 'yaml' },
  { scheme: 'file', language: 'shellscript' },
  { scheme: 'file', pattern: '**/*.{sbatch,slurm}' },
] satisfies DocumentSelector;

/** Calls back once, when a document is open that may be a job file; at once where one is. */
export function onceJobFileIsOpen(then: () => void): { dispose(): void } {
  const mayBe = (document: TextDocument) => languages.match(JOB_FILES, document) > 0;
  if (workspace.textDocuments.some(mayBe)) {
    then();
    return { dispose: () => {} };
  }
  const listening = workspace.onDidOpenTextDocument((document) => {
    if (!mayBe(document)) return;
    listening.dispose();
    then();
  });
  return listening;
}

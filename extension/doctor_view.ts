import {
  commands,
  type Disposable,
  EventEmitter,
  type TextDocumentContentProvider,
  Uri,
  workspace,
} from 'vscode';

const SCHEME = 'burnrate-doctor';
const ADDRESS = Uri.from({ scheme: SCHEME, path: '/Burnrate doctor.md' });

/** Shows the doctor's report as a document that cannot be edited, rendered. */
export class DoctorView implements TextDocumentContentProvider, Disposable {
  readonly #changed = new EventEmitter<Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #registration: Disposable;
  #report = '';

  constructor() {
    this.#registration = workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  provideTextDocumentContent(): string {
    return this.#report;
  }

  async show(report: string): Promise<void> {
    this.#report = report;
    this.#changed.fire(ADDRESS);
    await commands.executeCommand('markdown.showPreview', ADDRESS);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}

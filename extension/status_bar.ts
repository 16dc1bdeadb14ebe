import { type Readout, readoutOf, type State } from '@burnrate/shared/faces/readout.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import {
  type Disposable,
  env,
  MarkdownString,
  StatusBarAlignment,
  type StatusBarItem,
  ThemeColor,
  window,
} from 'vscode';
import { t } from './l10n.ts';
import { TOOLTIP_COMMANDS, tooltipOf } from './tooltip.ts';

const BACKGROUND: Partial<Record<State, string>> = {
  critical: 'statusBarItem.errorBackground',
  warning: 'statusBarItem.warningBackground',
};
const ICON: Record<State, string> = {
  critical: '$(flame)',
  warning: '$(flame)',
  stale: '$(history)',
  calm: '$(flame)',
  offline: '$(debug-disconnect)',
};
/** Left of the language and the line number, where a glance finds it. */
const PRIORITY = 120;

/** The readout in the status bar; a click opens the panel. */
export class StatusBar implements Disposable {
  readonly #item: StatusBarItem;
  #drawn = '';

  constructor() {
    this.#item = window.createStatusBarItem('burnrate.readout', StatusBarAlignment.Right, PRIORITY);
    this.#item.name = 'Burnrate';
    this.#item.command = 'burnrate.showPanel';
    this.#item.text = '$(flame) …';
    this.#item.tooltip = t('Burnrate is starting its collector.');
    this.#item.show();
  }

  /** Draws the snapshot; without one, `why` says what is wrong. What has not changed is left. */
  draw(snapshot: Snapshot | undefined, why?: string): void {
    const readout = readoutOf(snapshot, env.language);
    const tooltip = tooltipOf(snapshot, readout, why);
    const drawn = JSON.stringify([readout, tooltip]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#write(readout, tooltip);
  }

  #write(readout: Readout, tooltip: string): void {
    const text = `${ICON[readout.state]} ${readout.line}`;
    if (this.#item.text !== text) this.#item.text = text;
    const background = BACKGROUND[readout.state];
    this.#item.backgroundColor = background ? new ThemeColor(background) : undefined;
    this.#item.accessibilityInformation = { label: readout.spoken, role: 'button' };
    const markdown = new MarkdownString(tooltip, true);
    markdown.isTrusted = { enabledCommands: TOOLTIP_COMMANDS };
    this.#item.tooltip = markdown;
  }

  dispose(): void {
    this.#item.dispose();
  }
}

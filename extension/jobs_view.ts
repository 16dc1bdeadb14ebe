import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import {
  commands,
  type Disposable,
  EventEmitter,
  env,
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  type TreeView,
  window,
  workspace,
} from 'vscode';
import { type Branch, loudAlerts, treeOf } from './job_tree.ts';
import { t } from './l10n.ts';
import { branchesById, changedBranches } from './tree_changes.ts';

/** What the view shows where it has no branch: the welcome texts of the manifest go by it. */
export type Standing = 'starting' | 'offline' | 'nothing' | 'ready';

/** The tree of jobs in the side bar. Its elements are the ids of branches. */
export class JobsView implements TreeDataProvider<string>, Disposable {
  readonly #changed = new EventEmitter<string[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: TreeView<string>;
  readonly #settings: Disposable;
  #snapshot: Snapshot | undefined;
  #roots: Branch[] = [];
  #branches = new Map<string, Branch>();
  #standing: Standing | undefined;

  constructor() {
    this.#view = window.createTreeView('burnrate.jobs', { treeDataProvider: this });
    this.#stand('starting');
    this.#settings = workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('burnrate.showOthersJobs')) this.draw(this.#snapshot);
    });
  }

  /** Draws the snapshot; none, where no collector answers. What reads the same is left alone. */
  draw(snapshot: Snapshot | undefined): void {
    this.#snapshot = snapshot;
    const others = workspace.getConfiguration('burnrate').get('showOthersJobs', false);
    const roots = snapshot ? treeOf(snapshot, { others, locale: env.language }) : [];
    const changed = changedBranches(this.#roots, roots);
    this.#roots = roots;
    this.#branches = branchesById(roots);
    if (changed === undefined) this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed);
    this.#stand(!snapshot ? 'offline' : roots.length === 0 ? 'nothing' : 'ready');
    const loud = snapshot ? loudAlerts(snapshot) : [];
    this.#count(loud.filter(({ severity }) => severity !== 'info').length);
  }

  /** The branch of a menu's argument, or undefined. */
  branch(id: unknown): Branch | undefined {
    return typeof id === 'string' ? this.#branches.get(id) : undefined;
  }

  getChildren(id?: string): string[] {
    const children = id === undefined ? this.#roots : this.#branches.get(id)?.children;
    return (children ?? []).map((branch) => branch.id);
  }

  getTreeItem(id: string): TreeItem {
    const branch = this.#branches.get(id);
    const item = new TreeItem(branch?.label ?? '');
    item.id = id;
    if (!branch) return item;
    item.collapsibleState = branch.children
      ? TreeItemCollapsibleState.Expanded
      : TreeItemCollapsibleState.None;
    item.description = branch.description ?? '';
    item.contextValue = branch.context;
    item.iconPath = new ThemeIcon(
      branch.icon,
      branch.color ? new ThemeColor(branch.color) : undefined,
    );
    if (branch.tooltip) item.tooltip = new MarkdownString(branch.tooltip, true);
    if (branch.spoken) item.accessibilityInformation = { label: branch.spoken };
    if (branch.jobId) {
      item.command = {
        command: 'burnrate.showPanel',
        title: t('Show in panel'),
        arguments: [{ jobId: branch.jobId }],
      };
    }
    return item;
  }

  #stand(standing: Standing): void {
    if (standing === this.#standing) return;
    this.#standing = standing;
    void commands.executeCommand('setContext', 'burnrate.standing', standing);
  }

  #count(alerts: number): void {
    if ((this.#view.badge?.value ?? 0) === alerts) return;
    const tooltip = alerts === 1 ? t('1 alert') : t('{0} alerts', alerts);
    this.#view.badge = alerts > 0 ? { value: alerts, tooltip } : undefined;
  }

  dispose(): void {
    this.#settings.dispose();
    this.#view.dispose();
    this.#changed.dispose();
  }
}

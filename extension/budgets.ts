import { dirname, join } from 'node:path';
import { toDollars, toMicros } from '@burnrate/shared/model/money.ts';
import type { JobView } from '@burnrate/shared/model/snapshot.ts';
import {
  ProcessExecution,
  Task,
  TaskRevealKind,
  TaskScope,
  tasks,
  Uri,
  window,
  workspace,
} from 'vscode';
import { t } from './l10n.ts';
import { collectorLaunch } from './launch.ts';
import type { Session } from './session.ts';

interface Limit {
  dollars: number;
  stops: boolean;
}

/** Asks what something may cost, and what happens then; undefined where the person thinks better of it. */
async function askLimit(title: string, before?: JobView['budget']): Promise<Limit | undefined> {
  const value = before?.ceiling === undefined ? '' : String(toDollars(before.ceiling));
  const text = await window.showInputBox({
    title,
    value,
    prompt: t('What may it cost in all, in US dollars?'),
    validateInput: (input) =>
      Number(input) > 0 ? undefined : t('Give an amount of US dollars, as in 50 or 12.50.'),
  });
  if (text === undefined) return undefined;
  const [tell, stop] = [t('Tell me at the ceiling'), t('Stop it at the ceiling, after a notice')];
  const choice = await window.showQuickPick([tell, stop], { title });
  return choice === undefined ? undefined : { dollars: Number(text), stops: choice === stop };
}

/** Sets what a job that runs may cost. */
export async function setBudget({ link }: Session, job: JobView): Promise<void> {
  const limit = await askLimit(t('Budget of {0}', job.name), job.budget);
  if (!limit) return;
  await link.request('setBudget', {
    source: job.source,
    nativeIds: [job.nativeId],
    action: limit.stops ? 'stop' : 'notify',
    ceiling: toMicros(limit.dollars),
  });
}

/**
 * Launches a job file with `burnrate run`, in a terminal of its own and without a shell: a file's
 * name is never a command.
 */
export async function launchWithBudget(dist: string, uri: Uri, launch: string[]): Promise<void> {
  if (!workspace.isTrusted)
    throw new Error(t('Trust this workspace first: to launch a file is to run what is in it.'));
  const document = workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  if (document?.isDirty && !(await document.save())) return;
  const file = uri.fsPath;
  const limit = await askLimit(t('Launch {0}', uri.path.slice(uri.path.lastIndexOf('/') + 1)));
  if (!limit) return;
  const nodePath = workspace.getConfiguration('burnrate').get('nodePath', '');
  const { command, env } = collectorLaunch({ dist, nodePath, execPath: process.execPath });
  const words = launch.map((word) => (word === 'FILE' ? file : word));
  const limits = ['--budget', String(limit.dollars), ...(limit.stops ? ['--stop'] : [])];
  const program = join(dist, 'collector', 'burnrate.mjs');
  const set = Object.entries(env ?? {}).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const execution = new ProcessExecution(command, [program, 'run', ...limits, '--', ...words], {
    cwd: dirname(file),
    env: Object.fromEntries(set),
  });
  const task = new Task(
    { type: 'process' },
    workspace.getWorkspaceFolder(uri) ?? TaskScope.Workspace,
    words.join(' '),
    'Burnrate',
    execution,
  );
  task.presentationOptions = { reveal: TaskRevealKind.Always, clear: false };
  await tasks.executeTask(task);
}

/** What a code lens gives its command. */
export function launchIn(argument: unknown): { uri: Uri; launch: string[] } | undefined {
  const { uri, launch } = (argument ?? {}) as { uri?: unknown; launch?: unknown };
  if (typeof uri !== 'string' || !Array.isArray(launch)) return undefined;
  return { uri: Uri.parse(uri), launch: launch.map(String) };
}

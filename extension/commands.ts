import { join } from 'node:path';
import { SNOOZE_MS } from '@burnrate/shared/faces/announcer.ts';
import {
  commands,
  Disposable,
  type ExtensionContext,
  env,
  type LogOutputChannel,
  Uri,
  window,
} from 'vscode';
import { doctorReport } from './doctor_report.ts';
import type { DoctorView } from './doctor_view.ts';
import type { JobsView } from './jobs_view.ts';
import { t } from './l10n.ts';
import type { Panel } from './panel.ts';
import { pickAlert, pickStoppable } from './picks.ts';
import type { Session } from './session.ts';
import { inMessage } from './text.ts';

export interface CommandParts {
  session: Promise<Session>;
  panel: Panel;
  jobs: JobsView;
  doctor: DoctorView;
  log: LogOutputChannel;
  /** The extension's `dist` folder. */
  dist: string;
  context: Pick<ExtensionContext, 'secrets' | 'globalState'>;
  /** Aborted when the window closes. */
  signal: AbortSignal;
}

/** Registers every command of the manifest. One that fails says so, with the way to the log. */
export function registerCommands(parts: CommandParts): Disposable {
  const registrations = Object.entries(handlersOf(parts)).map(([name, handler]) =>
    commands.registerCommand(`burnrate.${name}`, async (argument: unknown) => {
      try {
        await handler(argument);
      } catch (error) {
        if (!parts.signal.aborted) await tellFailure(parts.log, name, error);
      }
    }),
  );
  return Disposable.from(...registrations);
}

async function tellFailure(log: LogOutputChannel, name: string, error: unknown): Promise<void> {
  log.error(`burnrate.${name} failed`, error instanceof Error ? error : String(error));
  const message = error instanceof Error ? error.message : String(error);
  const show = t('Show log');
  if ((await window.showErrorMessage(inMessage(message), show)) === show) log.show();
}

function handlersOf(parts: CommandParts): Record<string, (argument: unknown) => unknown> {
  const { panel, jobs, doctor, log, signal } = parts;

  /** The job that a menu, a link or another command speaks of. */
  const jobIn = (argument: unknown): string | undefined => {
    const { jobId } = (argument ?? {}) as { jobId?: unknown };
    return typeof jobId === 'string' ? jobId : jobs.branch(argument)?.jobId;
  };
  const alertFor = async (argument: unknown, title: string): Promise<string | undefined> => {
    const known = jobs.branch(argument)?.alertId;
    return known ?? (await pickAlert((await parts.session).latest, title))?.id;
  };

  return {
    showPanel: (argument) => panel.show(jobIn(argument)),
    stopJob: async (argument) => {
      const session = await parts.session;
      const jobId = jobIn(argument) ?? (await pickStoppable(session.latest));
      if (jobId === undefined) return;
      const { stopJob } = await import('./stop_job.ts');
      const { said } = (argument ?? {}) as { said?: unknown };
      await stopJob(session, { jobId, said: typeof said === 'string' ? said : undefined, signal });
    },
    setBudget: async (argument) => {
      const session = await parts.session;
      const jobId = jobIn(argument) ?? (await pickStoppable(session.latest));
      const job = session.latest?.jobs.find(({ id }) => id === jobId);
      if (!job) return;
      const { setBudget } = await import('./budgets.ts');
      await setBudget(session, job);
    },
    launchWithBudget: async (argument) => {
      const { launchIn, launchWithBudget } = await import('./budgets.ts');
      const wanted = launchIn(argument);
      if (wanted) await launchWithBudget(parts.dist, wanted.uri, wanted.launch);
    },
    snoozeAlert: async (argument) => {
      const id = await alertFor(argument, t('Snooze an alert for an hour'));
      if (id) await (await parts.session).link.request('snoozeAlert', { id, forMs: SNOOZE_MS });
    },
    acknowledgeAlert: async (argument) => {
      const id = await alertFor(argument, t('Acknowledge an alert'));
      if (id) await (await parts.session).link.request('acknowledgeAlert', { id });
    },
    copyJobId: async (argument) => {
      const id = jobs.branch(argument)?.nativeId;
      if (id !== undefined) await env.clipboard.writeText(id);
    },
    refresh: async () => {
      await (await parts.session).link.request('refresh', {});
    },
    doctor: async () => {
      const { link } = await parts.session;
      const report = await window.withProgress({ location: { viewId: 'burnrate.jobs' } }, () =>
        link.request('doctor', {}),
      );
      await doctor.show(doctorReport(report));
    },
    setApiKey: async () => {
      const { setApiKey } = await import('./api_keys.ts');
      await setApiKey(await parts.session, parts.context);
    },
    openConfig: async () => {
      const { ensureConfig } = await import('./config_file.ts');
      const { pathsFor } = await import('@burnrate/shared/config/paths.ts');
      const { config } = pathsFor(process.env);
      ensureConfig(config);
      await window.showTextDocument(Uri.file(config));
    },
    showLog: () => log.show(),
    restartCollector: async () => {
      await (await parts.session).link.request('retire', {
        reason: 'a person asked for it in VS Code',
      });
    },
    runDemo: () => {
      const terminal = window.createTerminal({
        name: t('Burnrate demo'),
        shellPath: process.execPath,
        shellArgs: [join(parts.dist, 'collector', 'burnrate.mjs'), 'demo'],
        env: { ELECTRON_RUN_AS_NODE: '1' },
      });
      terminal.show();
    },
  };
}

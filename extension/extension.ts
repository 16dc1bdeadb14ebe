import { join } from 'node:path';
import { type Disposable, type ExtensionContext, l10n, window } from 'vscode';
import { registerCommands } from './commands.ts';
import { DoctorView } from './doctor_view.ts';
import { JobsView } from './jobs_view.ts';
import { translateWith } from './l10n.ts';
import { Panel } from './panel.ts';
import type { Session } from './session.ts';
import { StatusBar } from './status_bar.ts';

/**
 * Starts what is seen at once; the connection, and what it needs, is loaded after that, so that
 * the window's start does not wait for it.
 */
export function activate(context: ExtensionContext): void {
  const began = performance.now();
  translateWith(l10n.t);
  const keep = <T extends Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const closing = new AbortController();
  keep({ dispose: () => closing.abort() });

  const dist = join(context.extensionPath, 'dist');
  const log = keep(window.createOutputChannel('Burnrate', { log: true }));
  const statusBar = keep(new StatusBar());
  const jobs = keep(new JobsView());
  const doctor = keep(new DoctorView());
  const session = import('./session.ts').then(({ openSession }) =>
    keep(
      openSession({
        dist,
        log,
        draw: (snapshot, why) => {
          statusBar.draw(snapshot, why);
          jobs.draw(snapshot);
        },
      }),
    ),
  );
  const panel = keep(new Panel(session, context.extensionUri));
  keep(
    registerCommands({ session, panel, jobs, doctor, log, dist, context, signal: closing.signal }),
  );
  session.catch((error: unknown) => {
    log.error('Burnrate could not start', String(error));
    statusBar.draw(undefined, String(error));
    jobs.draw(undefined);
  });
  session.then(announce).catch((error: unknown) => log.error(String(error)));
  log.debug(`activated in ${(performance.now() - began).toFixed(1)} ms`);

  async function announce(opened: Session): Promise<void> {
    const [{ showAlerts }, { shareKeys }] = await Promise.all([
      import('./notifications.ts'),
      import('./api_keys.ts'),
    ]);
    keep(shareKeys(opened, context, log));
    keep(showAlerts(opened, log));
  }
}

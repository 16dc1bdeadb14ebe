import type { JobView } from '../model/snapshot.ts';
import type { Stop } from '../model/stop.ts';
import type { CollectorConnection } from '../protocol/client.ts';
import { askYesNo } from './ask.ts';
import { awaitJob } from './await_job.ts';
import { withCollector } from './connect.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import type { Terminal } from './terminal.ts';
import { planLines, stoppedText } from './view/plan.ts';
import { BLANK, say } from './view/text.ts';

/**
 * `burnrate stop JOB`: says what a stop would do, asks, sends it, and follows it until the
 * provider shows the end of the job or refuses.
 */
export function stop(terminal: Terminal, wanted: string, options: { yes?: boolean }) {
  return withCollector(async (link) => {
    const { job, stops } = await awaitJob(link, wanted, terminal);
    const before = stops.find((one) => one.jobId === job.id && isUnderWay(one));
    if (before) {
      terminal.print([say(`A stop of ${job.name} is already under way.`)]);
      return follow(link, before, terminal);
    }
    if (!job.stoppable) throw new PlainFailure(refusal(job), EXIT.failed);
    const plan = await link.request('planStop', { jobId: job.id });
    terminal.print(...planLines(job, plan, terminal.width), BLANK);
    if (!options.yes) {
      if (!terminal.interactive) {
        const why = 'Nothing was stopped: there is no terminal to ask on. Add --yes to stop it.';
        throw new PlainFailure(why, EXIT.declined);
      }
      if (!(await askYesNo('Stop it?'))) {
        terminal.print([say('Nothing was stopped.')]);
        return EXIT.declined;
      }
    }
    const sent = await link.request('stop', { jobId: job.id, action: plan.action });
    return follow(link, sent, terminal);
  });
}

function refusal(job: JobView): string {
  return `${job.name} cannot be stopped. ${job.unstoppableBecause ?? 'Its source does not say why.'}`;
}

function isUnderWay({ state }: Stop): boolean {
  return state === 'requested' || state === 'sent';
}

/** Waits for the end of a stop, telling what is waited for; a line at each change of its state. */
async function follow(link: CollectorConnection, first: Stop, terminal: Terminal): Promise<number> {
  let said: Stop['state'] | undefined;
  const progress = (stop: Stop) => {
    if (stop.state === said) return;
    said = stop.state;
    if (stop.state === 'requested') terminal.note('Asking the provider ...');
    if (stop.state === 'sent')
      terminal.note(
        'Accepted. Waiting until the job has ended (Ctrl-C leaves that to the collector) ...',
      );
  };
  progress(first);
  const last = isUnderWay(first) ? await endOf(link, first, progress) : first;
  if (last.state === 'confirmed') {
    terminal.print([say('✓ ', 'good'), say(stoppedText(last))]);
    return EXIT.ok;
  }
  const why = last.error ?? 'no reason given';
  throw new PlainFailure(
    `Stopping ${last.jobName} failed: ${why}. ${last.remedy ?? ''}`,
    EXIT.failed,
  );
}

function endOf(
  link: CollectorConnection,
  stop: Stop,
  progress: (stop: Stop) => void,
): Promise<Stop> {
  return new Promise((resolve) => {
    let seen = false;
    link.onSnapshot(({ stops }) => {
      const now = stops.find(({ id }) => id === stop.id);
      if (!now && seen) {
        resolve({ ...stop, state: 'failed', error: 'it failed and was dismissed elsewhere' });
      }
      if (!now) return;
      seen = true;
      progress(now);
      if (!isUnderWay(now)) resolve(now);
    });
  });
}

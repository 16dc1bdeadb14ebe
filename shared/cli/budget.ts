import { awaitJob } from './await_job.ts';
import { withCollector } from './connect.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import { type Limits, tie } from './run.ts';
import type { Terminal } from './terminal.ts';
import { say } from './view/text.ts';

/** `burnrate budget JOB`: sets, or with `clear` takes away, what one job may cost. */
export function budget(terminal: Terminal, wanted: string, limits: Limits & { clear?: boolean }) {
  const isSet = limits.budget !== undefined || limits.maxRate !== undefined;
  if (isSet === (limits.clear ?? false))
    throw new PlainFailure('Give --limit or --max-rate, or --clear.', EXIT.usage);
  return withCollector(async (link) => {
    const { job } = await awaitJob(link, wanted, terminal);
    const { source, nativeId, name, mine } = job;
    if (!mine) throw new PlainFailure(`${name} is not yours.`, EXIT.failed);
    const launched = { source, nativeIds: [nativeId], what: name };
    if (isSet) await tie(link, launched, limits, terminal);
    else {
      await link.request('setBudget', { source, nativeIds: [nativeId], action: 'notify' });
      terminal.print([say(`${name} has no budget of its own any more.`)]);
    }
    return EXIT.ok;
  });
}

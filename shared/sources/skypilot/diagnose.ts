import { counted } from '../../model/count.ts';
import { check } from '../check.ts';
import type { Check } from '../source.ts';
import { jobOf } from './jobs.ts';
import type { Launched } from './launched.ts';
import { unrecognised } from './nodes.ts';
import type { Seen } from './reading.ts';
import type { StopContext } from './stop.ts';

/** Tries what each capability needs, and says by which way SkyPilot is read. Stops nothing. */
export async function diagnose(
  { account, reader, settings }: StopContext,
  signal: AbortSignal,
): Promise<Check[]> {
  let seen: Seen | undefined;
  const connect = await check('connect', account.name, async () => {
    seen = await reader.read(signal);
    const who = seen.me.hash ? `you are ${seen.me.hash} by ${seen.me.known}` : 'you are not known';
    return seen.way === 'server'
      ? `API server ${seen.endpoint.url}, SkyPilot ${seen.version ?? 'of an unknown version'} (${who})`
      : `no API server at ${seen.endpoint.url}: read from SkyPilot's file, as it was last written (${who}). For what is true now, managed jobs, prices and stops: sky api start, or sources.skypilot.startServer: true`;
  });
  if (!seen) return [connect];
  const { launched, me, way, failures } = seen;
  const jobs = launched.map((one) => jobOf(one, account.id, me));
  const live = launched.filter(({ state }) => state === 'running');
  const count = (kind: Launched['kind']) => launched.filter((one) => one.kind === kind).length;
  const priced = live.flatMap(({ machines }) => machines).filter((one) => one.microsPerHour);
  const mine = jobs.filter((job) => job.mine && job.state === 'running').length;
  const [failure] = failures;
  return [
    connect,
    nodesLine(live),
    failure
      ? { capability: 'jobs', ok: false, message: failure.message, remedy: failure.remedy }
      : {
          capability: 'jobs',
          ok: true,
          message: `${counted(count('cluster'), 'cluster')}, ${way === 'server' ? `${counted(count('job'), 'managed job')}, ` : ''}${counted(count('service'), 'service')}; ${mine} of them yours and running`,
        },
    {
      capability: 'prices',
      ok: true,
      message:
        way === 'server'
          ? `SkyPilot's catalogue prices ${counted(priced.length, 'running cluster')}; used where their clouds' own sources name no price`
          : 'none from the file: those of their clouds are used',
    },
    way === 'server'
      ? {
          capability: 'stop',
          ok: true,
          message: `not tried. Clusters: ${settings.stop === 'auto' ? 'stopped where that can be undone, else terminated' : `always ${settings.stop}`}; managed jobs are cancelled`,
        }
      : {
          capability: 'stop',
          ok: false,
          message: 'only the API server can stop anything, and it does not run',
          remedy:
            'Start it: sky api start, or set sources.skypilot.startServer: true in burnrate.yaml.',
        },
  ];
}

/** Machines that no other source would know again are left to their clouds to tell of. */
function nodesLine(live: readonly Launched[]): Check {
  const total = live.flatMap(({ machines }) => machines).reduce((sum, one) => sum + one.count, 0);
  const strange = live.filter(({ machines }) => machines.some((one) => unrecognised(one) > 0));
  if (strange.length === 0)
    return { capability: 'nodes', ok: true, message: `${counted(total, 'machine')} running` };
  const names = strange.map(({ name }) => name).join(' ');
  return {
    capability: 'nodes',
    ok: false,
    message: `${counted(total, 'machine')} running, but of ${strange.map(({ name }) => name).join(', ')} some cannot be told from each other: only their cloud's own source tells of them`,
    remedy: `Run this once on this machine, for SkyPilot to write down their addresses: sky status ${names}`,
  };
}

import type { Account } from '../../model/account.ts';
import { check } from '../check.ts';
import type { Connection, Surroundings } from '../source.ts';
import { openApi } from './api.ts';
import { besideOf, type JobService } from './beside.ts';
import { diagnose } from './diagnose.ts';
import { inventoryOf } from './inventory.ts';
import { leftBehindIn } from './leftovers.ts';
import { observerOf } from './observe.ts';
import { identityOf } from './owners.ts';
import { owningBy } from './owning.ts';
import { enabledRegionsOf } from './regions.ts';
import type { Settings } from './settings.ts';
import { planStop, stop } from './stop.ts';

/** An AWS account, open. Loaded when it is first used: the SDK takes time and memory. */
export async function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Promise<Required<Connection>> {
  const { clock, user } = surroundings;
  const api = openApi(account, surroundings);
  const enabled = enabledRegionsOf(api, settings, clock);
  const identity = identityOf(api);
  const owning = owningBy(identity, user, settings);
  const inventory = inventoryOf(api, enabled, identity, owning);
  const leftBehind = leftBehindIn(api, enabled, owning, clock);

  const services: Record<Settings['services'][number], () => Promise<JobService>> = {
    sagemaker: async () =>
      (await import('./sagemaker/service.ts')).sagemakerOf(api, enabled, inventory, owning, clock),
    batch: async () => (await import('./batch/service.ts')).batchOf(api, enabled, owning, clock),
  };
  const beside = besideOf(
    api,
    await Promise.all(settings.services.map((name) => services[name]())),
  );

  const checkWatch = (signal: AbortSignal) =>
    check('telemetry', account.name, async () => {
      const { gpuMetrics } = await import('./cloudwatch/data.ts');
      await gpuMetrics(api, api.homeRegion, signal);
      return 'may ask CloudWatch how busy GPUs are that nothing else tells of';
    });

  const observer = observerOf({ api, inventory, identity, beside, leftBehind, clock, settings });
  return {
    observe: observer.observe,
    diagnose: async (signal) => {
      const checks = await diagnose(api, inventory, signal);
      // Who is not signed in need not hear it of each service.
      if (checks.length === 1) return checks;
      const [services, watch, unread] = await Promise.all([
        beside.diagnose(signal),
        settings.cloudwatch ? [await checkWatch(signal)] : [],
        observer.diagnose(),
      ]);
      return [...checks, ...services, ...watch, ...unread];
    },
    planStop: async (job, signal) =>
      beside.of(job)?.planStop(job, signal) ?? planStop(job, api, inventory, signal),
    stop: async (job, plan, signal) =>
      beside.of(job)?.stop(job, plan, signal) ?? stop(job, plan, api, inventory, signal),
    close: async () => api.close(),
  };
}

import type { Job } from '@burnrate/shared/model/job.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import { expect, test } from 'vitest';
import { jobNamed, Watch } from './watch.ts';

const HOUR = 60 * 60_000;

test('work on every system is found by its own source, priced, metered and stopped', async () => {
  await using watch = await Watch.begin({ speed: 30 });
  const first = await watch.until(
    'every job with its price',
    ({ jobs }) =>
      jobs.length === 16 && jobs.every(({ rate, total }) => rate.micros > 0 && total.micros > 0),
  );
  const rates = Object.fromEntries(first.jobs.map(({ name, rate }) => [name, rate.micros]));
  expect(rates).toMatchObject({
    'tts-finetune': 3_673_385,
    'reward-model': 6_980_000,
    'eval-harness': 1_290_000,
    'sdxl-lora': 690_000,
    'whisper-distill': 640_000,
    'protein-fold': 1_700_000,
    'ranker-distill': 4_400_000,
  });
  // What others do on the same clusters is theirs, and is not stopped.
  for (const name of ['climate-ens', 'mol-dyn', 'asr-train'])
    expect(jobNamed(first, name)).toMatchObject({ mine: false, stoppable: false });
  // By the cost report, of which the server rounds the sum: $2.95 an hour.
  expect(Math.abs((rates['qwen-sft'] ?? 0) - 2_950_000)).toBeLessThan(10);
  // By the price list that it answers with, and not by the one that comes with Burnrate.
  expect(jobNamed(first, 'reward-model').why).toEqual([
    expect.objectContaining({
      provenance: 'list',
      basis: expect.stringMatching(/^Azure Retail Prices, Standard_NC40ads_H100_v5 in eastus, /),
    }),
  ]);
  // Since it was started again, and not since it was made.
  const begun = (await watch.account()).elsewhere.find(({ name }) => name === 'reward-model');
  const { total } = jobNamed(first, 'reward-model');
  expect(total.micros).toBeGreaterThanOrEqual(Math.floor((58 / 60) * 6_980_000));
  expect(total.micros).toBeLessThanOrEqual((begun?.micros ?? 0) + 1);
  const mine = first.jobs.filter((job) => job.mine);
  expect(first.rate.micros).toBe(mine.reduce((sum, { rate }) => sum + rate.micros, 0));
  expect(jobNamed(first, 'sdxl-lora').activity).toBeGreaterThan(0.7);

  // Each is stopped in its own system's words.
  const stopped: [string, RegExp][] = [
    ['tts-finetune', /tts-finetune/],
    ['reward-model', /^Deallocate machine reward-model .*Azure/],
    ['eval-harness', /Lambda/],
    ['sdxl-lora', /^Stop pod sdxl-lora .*RunPod/],
    ['whisper-distill', /Vast\.ai/],
    ['qwen-sft', /qwen-sft/],
    ['protein-fold', /Slurm cluster campus/],
    ['ranker-distill', /ranker-distill/],
  ];
  for (const [name, action] of stopped) {
    const jobId = jobNamed(first, name).id;
    const plan = await watch.link.request('planStop', { jobId });
    expect(plan.action).toMatch(action);
    await watch.link.request('stop', { jobId, action: plan.action });
  }
  const holds = (state: Job['state']) => state === 'running' || state === 'stopping';
  const done = await watch.until('all eight to have ended', ({ jobs, stops }) =>
    stopped.every(
      ([name]) =>
        stops.some(({ jobName, state }) => jobName === name && state === 'confirmed') &&
        jobs.every((job) => job.name !== name || !holds(job.state)),
    ),
  );
  const gone = stopped.reduce((sum, [name]) => sum + (rates[name] ?? 0), 0);
  expect(done.rate.micros).toBe(first.rate.micros - gone);

  // The ledger is what the fleet says that each has cost, where the system says since when and till.
  const { elsewhere, at } = await watch.account();
  await watch.link.close();
  await watch.demo.endCollector();
  const { store } = openStore(watch.demo.paths.database, {
    now: () => at,
    retention: { minuteDays: 14, hourDays: 120 },
  });
  const totals = store.totals({ from: 0, to: at + HOUR });
  store.close();
  for (const name of ['tts-finetune', 'sdxl-lora', 'protein-fold']) {
    const due = elsewhere.find((one) => one.name === name);
    const id = jobNamed(first, name).id;
    expect(due?.endedAt, name).toBeDefined();
    expect(Math.abs((totals.get(id)?.micros ?? 0) - (due?.micros ?? 0)), name).toBeLessThan(700);
  }
});

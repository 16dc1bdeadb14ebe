import { NO_EGRESS } from '@burnrate/shared/model/egress.ts';
import { DAY, type Instant } from '@burnrate/shared/model/time.ts';
import type { Page } from '@burnrate/shared/report/pages.ts';

/** A Sunday, from which on three jobs of two people ran for some days. */
export const FROM: Instant = Date.UTC(2026, 10, 1);
export const DAYS = 6;

const JOBS = [
  { id: 'slurm:lab:1', name: 'pretrain-7b', owner: 'sam', project: 'language', run: 'pretrain' },
  { id: 'slurm:lab:2', name: 'sweep-lr', owner: 'ada', project: 'language', run: 'sweep' },
  { id: 'slurm:lab:3', name: 'serve-chat', owner: 'ada', project: 'chat', run: 'serve' },
] as const;

/**
 * What a ledger says of them, day by day: billed at first and then calibrated to within 2%, with an
 * hour a day that no job held; the first counts steps, the last tokens, the second was stopped. The
 * first sends checkpoints, the last only writes them to its disks.
 */
export async function* pages(): AsyncGenerator<Page> {
  for (let day = 0; day < DAYS; day += 1) {
    const span = { from: FROM + day * DAY, to: FROM + (day + 1) * DAY };
    const provenance = day < 3 ? 'billed' : 'calibrated';
    const page: Page = { ...span, costs: [], jobs: {}, nodes: {}, work: {} };
    for (const [index, { id, ...job }] of JOBS.entries()) {
      const nodeId = `aws:team:i-${index}`;
      const micros = (300 - 100 * index) * 1_000_000;
      const cost = { nodeId, ...span, provenance, uncertain: day === 5 } as const;
      const spread = (of: number) => provenance === 'calibrated' && { spread: { plan: of / 50 } };
      page.jobs[id] = job;
      page.nodes[nodeId] = {
        name: `i-${index}`,
        source: 'aws',
        account: 'aws:team',
        owner: job.owner,
        labels: {},
      };
      page.costs.push({ ...cost, jobId: id, micros, ...spread(micros) });
      page.costs.push({ ...cost, jobId: 'idle', micros: 10_000_000, ...spread(10_000_000) });
      page.work = {
        ...page.work,
        [id]: {
          waste: {
            idle: index === 0 ? 30_000_000 : 0,
            stalled: index === 1 ? 5_000_000 : 0,
            waiting: 1_000_000,
          },
          ...(index === 0 && { steps: { amount: 100_000, micros } }),
          ...(index === 1 && day === 2 && { savedMicros: 80_000_000 }),
          ...(index === 0 && {
            egress: {
              moved: { sent: 100e9, written: 50e9 },
              cost: { low: 0, high: 9_000_000, likely: 2_000_000, unpriced: false },
            },
          }),
          ...(index === 2 && {
            tokens: { amount: 50_000_000, micros },
            egress: { moved: { written: 3e9 }, cost: NO_EGRESS },
          }),
        },
      };
    }
    yield page;
  }
}

import { MINUTE } from '@burnrate/shared/model/time.ts';
import { type Observation, SourceError } from '@burnrate/shared/sources/source.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { jobOf, nodeOf, START } from '../metering/given.ts';
import { accountOf, WatchOver } from './watch_over.ts';

const AWS = 'aws:dev';
const job = jobOf({ account: AWS });

let watch: WatchOver;
beforeEach(() => {
  watch = new WatchOver(START);
  watch.tick.intake.news.configure(0.3);
});
afterEach(() => watch.store.close());

/** Whether an answer to all that is asked of the account calls for a tick at once. */
function isNews(answer: Partial<Observation> | SourceError, ticks = true): boolean {
  watch.now += 5000;
  const at = watch.now;
  const news = watch.tick.intake.take(accountOf(AWS), {
    what: new Set(['nodes', 'jobs', 'telemetry']),
    askedAt: at,
    ...(answer instanceof SourceError
      ? { failure: answer }
      : { observation: { at, nodes: [nodeOf()], jobs: [job], ...answer } }),
    costMicros: 0,
  });
  if (ticks) watch.tick.run();
  return news;
}

const samples = (engineActive: number) => [
  { at: watch.now, node: nodeOf().id, gpu: 'GPU-0', engineActive },
];

test('an answer that says what the one before said makes no tick of its own', () => {
  expect(isNews({})).toBe(true);
  expect(isNews({})).toBe(false);
  expect(isNews({ samples: samples(0.9) })).toBe(true);
  expect(isNews({ samples: samples(0.88) })).toBe(false);
});

test.each<[string, () => Partial<Observation> | SourceError]>([
  ['a GPU does less', () => ({ samples: samples(0.2) })],
  ['a job is gone', () => ({ jobs: [] })],
  ['a machine has stopped', () => ({ nodes: [nodeOf({ state: 'stopped' })] })],
  [
    'it was not answered',
    () => new SourceError('unreachable', { account: AWS, message: 'm', remedy: 'r' }),
  ],
  [
    'a price was told',
    () => ({
      quotes: [
        {
          key: { provider: 'aws', instanceType: 'x', region: 'y', market: 'spot' },
          rate: { microsPerHour: 1, provenance: 'quoted', basis: 'test', asOf: watch.now },
        },
      ],
    }),
  ],
])('%s: that is news', (_, answer) => {
  isNews({ samples: samples(0.9) });
  isNews({ samples: samples(0.9) });
  expect(isNews({ samples: samples(0.9) })).toBe(false);
  expect(isNews(answer())).toBe(true);
});

test('that an account answers again is news, as that it does not', () => {
  const gone = new SourceError('unreachable', { account: AWS, message: 'm', remedy: 'r' });
  isNews({});
  expect(isNews(gone)).toBe(true);
  expect(isNews(gone)).toBe(false);
  expect(isNews({})).toBe(true);
  expect(isNews({})).toBe(false);
});

test('where a job may be idle each reading counts, though it is like the one before', () => {
  const price = { microsPerHour: 1e6, provenance: 'quoted', basis: 'test', asOf: START } as const;
  const tells = { nodes: [nodeOf({ rate: price })], samples: samples(0.2) };
  // The alert counts from 0.3; by this setting the reading itself is nothing to look at.
  watch.tick.intake.news.configure(0.05);
  isNews(tells);
  isNews(tells);
  expect(watch.tick.jobs[0]?.rate.micros).toBeGreaterThan(0);
  expect(isNews(tells)).toBe(true);
});

test('news that could not be kept yet stays news', () => {
  isNews({});
  expect(isNews({ jobs: [] }, false)).toBe(true);
  expect(isNews({ jobs: [] }, false)).toBe(true);
});

test('what is counted waits for others: only standing still for minutes would be a trouble', () => {
  const counted = (value: number) => ({
    progress: [
      {
        at: watch.now,
        series: 's',
        counter: 'steps' as const,
        value,
        fromZero: true,
        of: { host: nodeOf().id },
      },
    ],
  });
  isNews(counted(1));
  expect(isNews(counted(2))).toBe(false);
});

test('while nothing can be kept the newest readings wait, and older ones do not fill the memory', () => {
  watch.store.tick = () => {
    throw new Error('disk is full');
  };
  const gpus = Array.from({ length: 20_000 }, (_, index) => `GPU-${index}`);
  for (let minute = 0; minute < 3; minute += 1) {
    const at = START + minute * MINUTE;
    const readings = gpus.map((gpu) => ({ at, node: nodeOf().id, gpu, engineActive: 1 }));
    expect(() => isNews({ samples: readings })).toThrow('disk is full');
  }
  const { samples: waiting } = watch.tick.intake.inbox;
  expect(waiting).toHaveLength(50_000);
  expect(waiting.filter(({ at }) => at > START)).toHaveLength(40_000);
});

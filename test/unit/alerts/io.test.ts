import { rulesFrom } from '@burnrate/shared/alerts/index.ts';
import { Config } from '@burnrate/shared/config/config.ts';
import type { JobView } from '@burnrate/shared/model/snapshot.ts';
import { MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import type { StoredSample } from '@burnrate/shared/store/store.ts';
import { expect, test } from 'vitest';
import { jobView, sceneAt } from './scene.ts';

const STEP = 5 * SECOND;

/** 40 minutes of a job that does nothing for `lasts`, every `every`, with a burst as it begins. */
function readings(every: number, lasts: number, burst: number | undefined): StoredSample[] {
  const { id } = jobView();
  return Array.from({ length: (40 * MINUTE) / STEP }, (_, index) => {
    const at = index * STEP;
    const into = at % every;
    const low = into >= every - lasts;
    const begins = low && into < every - lasts + 2 * STEP;
    return {
      at,
      nodeId: 'n',
      jobIds: [id],
      gpu: 'GPU-0',
      engineActive: low ? 0.02 : 0.93,
      ...(burst !== undefined && { pcieTx: begins ? burst : 20e6 }),
    };
  });
}

const find = (samples: StoredSample[], alerts: object = {}, job: Partial<JobView> = {}) => {
  const rule = rulesFrom(Config.parse({ alerts })).find(({ id }) => id === 'io');
  return rule?.evaluate(sceneAt(40 * MINUTE, [jobView(job)], samples)) ?? [];
};

type Cost = NonNullable<NonNullable<JobView['egress']>['totalCost']>;

/** A job whose checkpoints of 1.4 TB leave its machines every twenty minutes. */
function sending(cost: Partial<Cost>, ago = MINUTE): Pick<JobView, 'egress'> {
  const whole: Cost = { low: 0, high: 42_000_000, unpriced: false, ...cost };
  const at = 40 * MINUTE - ago;
  const to = { otherZone: 26_000_000, otherRegion: 27_000_000, internet: 42_000_000 };
  const checkpoint = {
    at,
    ms: 90_000,
    bytes: 1.4e12,
    by: 'sent',
    everyMs: 20 * MINUTE,
    to,
  } as const;
  return {
    egress: {
      today: {},
      total: { sent: 9e12 },
      todayCost: whole,
      totalCost: whole,
      checkpoint: { ...checkpoint, cost: whole },
    },
  };
}

test('checkpoints that take a good part of the time are said, with what that costs', () => {
  const [finding] = find(readings(5 * MINUTE, 90 * SECOND, 2e9));
  expect(finding?.title).toMatch(
    /^train-7b spends (2[5-9]|30)% of its time on checkpoints: \$(8|9)\.\d\d\/h$/,
  );
  expect(finding?.evidence.map(({ value }) => value)).toEqual([
    expect.stringMatching(/^[56]$/),
    expect.stringMatching(/^about \d+ GB$/),
    '$32.77/h (list)',
  ]);
  // It does no more harm than the person has accepted: it is no waste that an alert counts.
  expect(finding).toMatchObject({ severity: 'info', microsPerHour: 0 });
});

test('short or rare ones are not, nor dips that nothing is written in', () => {
  expect(find(readings(10 * MINUTE, 60 * SECOND, 2e9))).toEqual([]);
  expect(find(readings(5 * MINUTE, 90 * SECOND, 20e6))).toEqual([]);
  expect(find(readings(5 * MINUTE, 90 * SECOND, undefined))).toEqual([]);
  expect(find(readings(5 * MINUTE, 90 * SECOND, 2e9).filter(({ at }) => at > 25 * MINUTE))).toEqual(
    [],
  );
});

test('what counts as much can be set', () => {
  const samples = readings(10 * MINUTE, 60 * SECOND, 2e9);
  expect(find(samples, { io: { checkpointShare: 0.05 } })).toHaveLength(1);
});

test('checkpoints that cost much by leaving are said, at most what they may where no bill tells', () => {
  const [finding] = find([], {}, sending({}));
  expect(finding?.title).toBe(
    'train-7b sends a checkpoint of 1.4 TB every 20 min: up to $126.00/h egress',
  );
  expect(finding?.evidence[0]).toEqual({ label: 'at stake', value: '$126.00/h' });
  expect(finding?.evidence[2]?.value).toBe(
    'the same zone: nothing, another zone: $26.00, another region: $27.00, the internet: $42.00',
  );
  expect(finding).toMatchObject({ severity: 'info', microsPerHour: 0 });
  const [calibrated] = find([], {}, sending({ likely: 12_000_000, low: 11_000_000 }));
  expect(calibrated?.title).toBe(
    'train-7b sends a checkpoint of 1.4 TB every 20 min: $36.00/h egress',
  );
  expect(calibrated?.evidence[1]?.value).toMatch(/^\$33\.00 to \$126\.00, by what/);
});

test('those that bills show to cost little are not, nor what is no longer written', () => {
  expect(find([], {}, sending({ likely: 100_000 }))).toEqual([]);
  expect(find([], {}, sending({ high: 0 }))).toEqual([]);
  expect(find([], {}, sending({}, 90 * MINUTE))).toEqual([]);
  expect(find([], { io: { egressAtLeast: 200 } }, sending({}))).toEqual([]);
  expect(find([], { io: { egressAtLeast: 0.1 } }, sending({ likely: 100_000 }))).toHaveLength(1);
});

test('a job that waits for its checkpoints and sends them away is told of once', () => {
  const findings = find(readings(5 * MINUTE, 90 * SECOND, 2e9), {}, sending({}));
  expect(findings).toHaveLength(1);
  expect(findings[0]?.title).toContain('of its time on checkpoints');
  expect(findings[0]?.evidence.map(({ label }) => label)).toContain('at stake');
});

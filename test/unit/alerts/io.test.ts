import { rulesFrom } from '@burnrate/shared/alerts/index.ts';
import { Config } from '@burnrate/shared/config/config.ts';
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

const find = (samples: StoredSample[], alerts: object = {}) => {
  const rule = rulesFrom(Config.parse({ alerts })).find(({ id }) => id === 'io');
  return rule?.evaluate(sceneAt(40 * MINUTE, [jobView()], samples)) ?? [];
};

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

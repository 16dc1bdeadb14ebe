import { historyOf } from '@burnrate/shared/collector/history.ts';
import { unitCostsOf } from '@burnrate/shared/collector/work.ts';
import { DAY, HOUR, startOfLocalDay } from '@burnrate/shared/model/time.ts';
import { historyQuery, RANGES } from '@burnrate/shared/panel/chart_data.ts';
import { afterEach, expect, test } from 'vitest';
import { chargeOf, JOB, NODE, NOON, Place } from '../store/place.ts';

const ZONE = process.env.TZ;
afterEach(() => {
  if (ZONE === undefined) delete process.env.TZ;
  else process.env.TZ = ZONE;
});

test.each(['UTC', 'America/Los_Angeles', 'Asia/Tokyo', 'Asia/Kolkata'])(
  'money of a day stands at that day in a chart of days, in %s',
  (zone) => {
    process.env.TZ = zone;
    using place = new Place();
    const { store } = place.open();
    const hour = { from: NOON - 3 * DAY, to: NOON - 3 * DAY + HOUR };
    store.writeCharges(NODE, hour, [chargeOf(hour.from, hour.to, 5)]);
    const range = RANGES.find(({ id }) => id === '90d') ?? RANGES[0];
    const { at, series } = historyOf(store, historyQuery(range, NOON), (id) => id);
    expect(series.map(({ jobId }) => jobId)).toEqual([JOB]);
    const step = series[0]?.micros.indexOf(5) ?? -1;
    expect(startOfLocalDay(at[step] ?? 0)).toBe(startOfLocalDay(hour.from));
    expect(at.length).toBe(series[0]?.micros.length);

    const counted = { jobId: JOB, counter: 'steps', at: hour.from, amount: 7, micros: 5 } as const;
    store.saveProgress([counted], []);
    const units = unitCostsOf(store, { jobId: JOB, ...historyQuery(range, NOON) });
    expect(units.at).toEqual(at);
    expect(units.series[0]?.amount.indexOf(7)).toBe(step);
  },
);

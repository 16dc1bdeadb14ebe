import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { NO_WASTE } from '@burnrate/shared/model/waste.ts';
import { RANGES } from '@burnrate/shared/panel/chart_data.ts';
import { stepWords, wasteFacts, wasteQuery } from '@burnrate/shared/panel/waste_data.ts';
import { WasteQuery } from '@burnrate/shared/protocol/waste.ts';
import { expect, test } from 'vitest';

const NOW = Date.UTC(2026, 2, 10, 14, 20);

test('every range asks for whole hours at least, from a full one on, and leaves none out', () => {
  for (const range of RANGES) {
    const query = wasteQuery(range, NOW);
    expect(WasteQuery.parse(query)).toEqual(query);
    expect(query.from % HOUR, range.id).toBe(0);
    expect(query.from).toBeLessThanOrEqual(NOW - range.spanMs);
    expect(query.to).toBe(NOW);
  }
  expect(wasteQuery(RANGES[0], NOW)).toEqual({
    from: Date.UTC(2026, 2, 10, 13),
    to: NOW,
    stepMs: HOUR,
  });
  expect(RANGES.map((range) => stepWords(wasteQuery(range, NOW + MINUTE).stepMs))).toEqual([
    ...Array(4).fill('by the hour'),
    'by 6 hours',
    'by the day',
  ]);
});

test('a course is told by its sum, its causes and the step that was worst', () => {
  const at = [0, DAY, 2 * DAY];
  const steps = [
    { ...NO_WASTE, idle: 5 },
    { idle: 4, stalled: 0, waiting: 3 },
    { ...NO_WASTE, waiting: 1 },
  ];
  expect(wasteFacts({ at, steps, watched: 1 })).toEqual({
    micros: 13,
    sum: { idle: 9, stalled: 0, waiting: 4 },
    causes: ['idle', 'waiting'],
    worst: { at: DAY, micros: 7 },
  });
});

import { Poller } from '@burnrate/shared/collector/poller.ts';
import { Timetable } from '@burnrate/shared/collector/timetable.ts';
import { MINUTE, SECOND, systemClock } from '@burnrate/shared/model/time.ts';
import { defineSource } from '@burnrate/shared/sources/source.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';

test('what is paid for is asked alone, and never more often than declared', () => {
  const free = { everyMs: MINUTE, deadlineMs: 15 * SECOND, costMicros: 0 };
  const source = defineSource({
    id: 'cloud',
    title: 'Cloud',
    capabilities: ['nodes', 'jobs', 'telemetry'],
    cadence: { nodes: free, jobs: free, telemetry: { ...free, costMicros: 250 } },
    settings: z.unknown(),
    discover: async () => ({ accounts: [], looked: [] }),
    open: () => connection,
  });
  const asked: string[][] = [];
  const connection = {
    observe: async ({ what }: { what: ReadonlySet<string> }) => {
      asked.push([...what]);
      return { at: Date.now() };
    },
    diagnose: async () => [],
  };
  const barred: number[] = [];
  const poller = new Poller({
    clock: systemClock,
    timetable: new Timetable(systemClock),
    wanted: () => [],
    maySpend: (_, micros) => {
      if (micros > 0) barred.push(micros);
      return micros === 0;
    },
    onAnswer: () => {},
  });
  const account = { id: 'cloud:a', source: 'cloud', name: 'a', foundIn: 'a test', options: {} };
  poller.watch({ account, source, connection }, () => undefined);
  expect(asked).toEqual([['nodes', 'jobs']]);
  expect(barred).toEqual([250]);
  poller.watch({ account, source, connection }, () => 5 * SECOND);
  expect(poller.cadenceOf('cloud:a', 'nodes')).toBe(5 * SECOND);
  expect(poller.cadenceOf('cloud:a', 'telemetry')).toBe(MINUTE);
  poller.stop();
});

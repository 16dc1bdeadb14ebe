import { Names } from '@burnrate/shared/store/names.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import { afterEach, expect, test, vi } from 'vitest';
import { NOON, Place } from './place.ts';

afterEach(() => vi.restoreAllMocks());

const MACHINES = 25_000;

/** A reading of a GPU of each of so many machines: as many names, and one of a set of jobs. */
const readings = (at: number) =>
  Array.from({ length: MACHINES }, (_, index) => ({
    at,
    nodeId: `node-${index}`,
    jobIds: [],
    gpu: 'GPU-0',
    utilization: 1,
  }));

test('the names of a large fleet are looked up once, not with every tick', () => {
  using place = new Place();
  const { store } = openStore(place.path, { now: () => NOON });
  store.saveSamples(readings(NOON));
  const statement = place.raw().prepare('SELECT 1').constructor.prototype;
  const get = vi.spyOn(statement, 'get');
  store.saveSamples(readings(NOON + 60_000));
  expect(get.mock.calls.filter(([name]) => String(name).startsWith('node-'))).toEqual([]);
  store.close();
});

test('what is in use stays known, whatever goes by; what is not is forgotten in the end', () => {
  const names = new Names(10);
  names.add(1, 'used');
  names.add(2, 'once');
  for (let id = 100; id < 200; id += 1) {
    names.add(id, `name-${id}`);
    expect(names.idOf('used')).toBe(1);
    expect(names.textOf(1)).toBe('used');
  }
  expect(names.idOf('once')).toBeUndefined();
  expect(names.textOf(2)).toBeUndefined();
  names.forget();
  expect(names.idOf('used')).toBeUndefined();
});

import { identify } from '@burnrate/shared/metering/identity.ts';
import {
  type Gain,
  joined,
  NodeShares,
  TrafficCounting,
} from '@burnrate/shared/metering/traffic.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import { MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import { FLOWS, type Traffic } from '@burnrate/shared/model/traffic.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jobOf, nodeOf } from './given.ts';

const NODE = 'aws:lab:i-1';

function counter(at: number, sent: number, device = 'eth0'): Traffic {
  return { at, node: NODE, device, sent };
}
function amount(since: number, at: number, sent: number): Traffic {
  return { since, at, node: NODE, device: 'all', sent };
}
function sumOf(gains: readonly Gain[]): number {
  return gains.reduce((sum, { moved }) => sum + (moved.sent ?? 0), 0);
}

describe('counting', () => {
  test('the first reading of a counter tells nothing, the next what came between', () => {
    const counting = new TrafficCounting();
    expect(counting.take('a', NODE, counter(1_000, 5_000))).toEqual([]);
    expect(counting.take('a', NODE, counter(6_000, 5_700))).toEqual([
      { nodeId: NODE, from: 1_000, to: 6_000, moved: { sent: 700 } },
    ]);
  });

  test('a counter that was set back counts from zero; one that leaps beyond any network is none', () => {
    const counting = new TrafficCounting();
    counting.take('a', NODE, counter(0, 1_000_000));
    expect(sumOf(counting.take('a', NODE, counter(5_000, 400)))).toBe(400);
    expect(counting.take('a', NODE, counter(10_000, 1e18))).toEqual([]);
    expect(sumOf(counting.take('a', NODE, counter(15_000, 1e18 + 2_048)))).toBe(2_048);
  });

  test('whatever comes late or twice, the sum is what the counter gained', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(steps, fc.array(fc.nat(), { minLength: 1 }), (gained, picks) => {
        let value = 0;
        const readings = gained.map((more, nth) => {
          value += more;
          return counter((nth + 1) * 5_000, value);
        });
        const counting = new TrafficCounting();
        let sum = 0;
        const first = readings[0] as Traffic;
        sum += sumOf(counting.take('a', NODE, first));
        // In any order, again and again; the last comes at the end.
        for (const pick of picks) {
          sum += sumOf(counting.take('a', NODE, readings[pick % readings.length] as Traffic));
        }
        sum += sumOf(counting.take('a', NODE, readings.at(-1) as Traffic));
        expect(sum).toBe(value - (first.sent ?? 0));
      }),
    );
  });

  test('amounts of minutes that overlap are counted once', () => {
    const counting = new TrafficCounting();
    const minutes = [0, 1, 2, 3, 4].map((nth) => amount(nth * MINUTE, (nth + 1) * MINUTE, 600));
    let sum = 0;
    // Each asking brings the last three minutes.
    for (let asked = 0; asked < minutes.length; asked += 1) {
      for (const one of minutes.slice(Math.max(0, asked - 2), asked + 1))
        sum += sumOf(counting.take('cloud', NODE, one));
    }
    expect(sum).toBe(5 * 600);
    expect(sumOf(counting.take('cloud', NODE, amount(4 * MINUTE, 6 * MINUTE, 1_200)))).toBe(600);
  });

  test('two accounts that tell of one machine count once: the fresher one, from where the other was', () => {
    const counting = new TrafficCounting();
    let sum = sumOf(counting.take('cloud', NODE, amount(0, 5 * MINUTE, 5_000)));
    for (let at = 5 * MINUTE; at <= 12 * MINUTE; at += 5 * SECOND) {
      sum += sumOf(counting.take('exporter', NODE, counter(at, at / 60)));
    }
    // The exporter has taken over; what the cloud says minutes later is of a time that is counted.
    expect(sumOf(counting.take('cloud', NODE, amount(5 * MINUTE, 10 * MINUTE, 5_000)))).toBe(0);
    expect(sum).toBeGreaterThan(5_000 + 5_000 - 100);
    expect(sum).toBeLessThanOrEqual(12_000);
    expect([...counting.toldByOthers('cloud', 12 * MINUTE)]).toEqual([NODE]);
    expect([...counting.toldByOthers('exporter', 12 * MINUTE)]).toEqual([]);
    // Once it falls silent, the cloud is believed again, from where the exporter was.
    const later = counting.take('cloud', NODE, amount(10 * MINUTE, 15 * MINUTE, 5_000));
    expect(later).toEqual([
      { nodeId: NODE, from: 12 * MINUTE, to: 15 * MINUTE, moved: { sent: 3_000 } },
    ]);
  });

  test('the network of one account and the disks of another both count', () => {
    const counting = new TrafficCounting();
    counting.take('a', NODE, { at: 0, node: NODE, device: 'eth0', sent: 0 });
    counting.take('b', NODE, { at: 0, node: NODE, device: 'sda', written: 0 });
    const network = { at: SECOND, node: NODE, device: 'eth0', sent: 3 };
    const disk = { at: SECOND, node: NODE, device: 'sda', written: 4 };
    expect(counting.take('a', NODE, network)[0]?.moved).toEqual({ sent: 3 });
    expect(counting.take('b', NODE, disk)[0]?.moved).toEqual({ written: 4 });
  });

  test('a restart goes on from the counters that were kept', () => {
    const before = new TrafficCounting();
    before.take('a', NODE, counter(0, 100));
    before.take('a', NODE, counter(5_000, 250));
    const after = new TrafficCounting();
    after.restore(before.changes());
    expect(after.take('a', NODE, counter(65_000, 1_250))).toEqual([
      { nodeId: NODE, from: 5_000, to: 65_000, moved: { sent: 1_000 } },
    ]);
  });
});

test('after a restart, what another account tells late of a time that was counted is not counted', () => {
  const before = new TrafficCounting();
  before.take('exporter', NODE, counter(0, 0));
  before.take('exporter', NODE, counter(10 * MINUTE, 600));
  before.take('cloud', NODE, amount(0, 5 * MINUTE, 300));
  const after = new TrafficCounting();
  after.restore(before.changes());
  expect(after.take('cloud', NODE, amount(5 * MINUTE, 10 * MINUTE, 300))).toEqual([]);
  // Where the exporter has not come back, the cloud tells on from where it was.
  const late = after.take('cloud', NODE, amount(10 * MINUTE, 15 * MINUTE, 300));
  expect(sumOf(late)).toBe(300);
});

test('devices without end are not remembered without end', () => {
  const counting = new TrafficCounting();
  let gained = 0;
  for (const at of [0, 5_000]) {
    for (let nth = 0; nth < 50_001; nth += 1) {
      gained += sumOf(counting.take('a', NODE, counter(at, at, `made-up-${nth}`)));
    }
  }
  expect(gained).toBe(50_000 * 5_000);
});

test('what a machine’s devices moved in one time is one', () => {
  const of = { nodeId: NODE, from: 0, to: 5_000 };
  const gains = [
    { ...of, moved: { sent: 3 } },
    { ...of, moved: { sent: 4, written: 1 } },
    { ...of, to: 6_000, moved: { sent: 9 } },
  ];
  expect(joined(gains)).toEqual([
    { ...of, moved: { sent: 7, written: 1 } },
    { ...of, to: 6_000, moved: { sent: 9 } },
  ]);
});

describe('sharing', () => {
  const machine = nodeOf({ id: NODE, account: 'aws:lab', gpus: { count: 8 } });
  const { resolve } = identify([machine]);
  const holding = (id: string, gpus: number, from: number, to?: number): Job =>
    jobOf({
      id: `slurm:lab:${id}`,
      startedAt: from,
      ...(to !== undefined && { endedAt: to, state: 'ended' }),
      shares: [{ node: NODE, gpus }],
    });

  test('jobs that share a machine share its bytes by what they hold, and none is lost', () => {
    const jobs = [holding('1', 4, 0), holding('2', 2, 0)];
    const gain = { nodeId: NODE, from: 0, to: MINUTE, moved: { sent: 1_000 } };
    const parts = new NodeShares(machine, jobs, resolve).share(gain);
    expect(parts.map(({ jobId, moved }) => [jobId, moved.sent])).toEqual([
      ['slurm:lab:1', 500],
      ['slurm:lab:2', 250],
      ['idle', 250],
    ]);
  });

  test('a job that ends in between has its part of the time', () => {
    const gain = { nodeId: NODE, from: 0, to: 4 * MINUTE, moved: { sent: 4_000 } };
    const parts = new NodeShares(machine, [holding('1', 8, 0, MINUTE)], resolve).share(gain);
    expect(parts.map(({ jobId, moved }) => [jobId, moved.sent])).toEqual([
      ['slurm:lab:1', 1_000],
      ['idle', 3_000],
    ]);
  });

  test('shares of several times are those of each time', () => {
    const jobs = [holding('1', 8, 0, MINUTE), holding('2', 8, 2 * MINUTE, 3 * MINUTE)];
    const shares = new NodeShares(machine, jobs, resolve);
    const at = (minute: number) => ({
      nodeId: NODE,
      from: minute * MINUTE,
      to: (minute + 1) * MINUTE,
      moved: { sent: 6 },
    });
    const whose = [0, 1, 2, 3, 0].map((minute) =>
      shares.share(at(minute)).map(({ jobId }) => jobId),
    );
    const [first, second] = ['slurm:lab:1', 'slurm:lab:2'];
    expect(whose).toEqual([[first], ['idle'], [second], ['idle'], [first]]);
  });

  test('every byte is of one job or idle, whoever holds the machine and when', () => {
    const anyJob = fc.record({
      gpus: fc.integer({ min: 1, max: 8 }),
      from: fc.nat(300_000),
      ms: fc.nat(300_000),
    });
    const anyMoved = fc.record(
      Object.fromEntries(FLOWS.map((flow) => [flow, fc.nat(2e13)])) as Record<
        (typeof FLOWS)[number],
        fc.Arbitrary<number>
      >,
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(anyJob, { maxLength: 6 }), anyMoved, (held, moved) => {
        const jobs = held.map(({ gpus, from, ms }, nth) =>
          holding(`${nth}`, gpus, from, from + ms),
        );
        const shares = new NodeShares(machine, jobs, resolve);
        const parts = shares.share({ nodeId: NODE, from: 0, to: 400_000, moved });
        for (const flow of FLOWS) {
          const measured = moved[flow];
          const shared = parts.map((part) => part.moved[flow]);
          if (measured === undefined) expect(new Set(shared)).toEqual(new Set([undefined]));
          else expect(shared.reduce<number>((sum, one) => sum + (one ?? 0), 0)).toBe(measured);
          expect(shared.every((one) => one === undefined || one >= 0)).toBe(true);
        }
      }),
    );
  });
});

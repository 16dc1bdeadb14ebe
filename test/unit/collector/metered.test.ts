import { accrued } from '@burnrate/shared/model/money.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { byJob, jobOf, nodeOf, START, sumOf } from '../metering/given.ts';
import { WatchOver } from './watch_over.ts';

const AWS = 'aws:dev';
const SLURM = 'slurm:lab';
const PER_HOUR = 32_772_600;
const rate = { microsPerHour: PER_HOUR, provenance: 'quoted' as const, basis: 'test', asOf: START };
const node = nodeOf({ rate });
const job = jobOf();
const ended = (at: Instant): Node => ({ ...node, state: 'ended', endedAt: at });

/** Watches the node and jobs once a minute over `[from, to)`. */
function eachMinute(watch: WatchOver, from: Instant, to: Instant, nodes = [node], jobs = [job]) {
  for (let at = from; at < to; at += MINUTE) watch.see({ [AWS]: { nodes }, [SLURM]: { jobs } }, at);
}

const uncertain = (watch: WatchOver) => sumOf(watch.charges().filter((one) => one.uncertain));

test('a laptop that slept for eight hours finds them paid for, and whose they were', () => {
  const watch = new WatchOver(START);
  eachMinute(watch, START, START + 10 * MINUTE);
  const wake = START + 8 * HOUR;
  const finished = { ...job, state: 'ended' as const, endedAt: START + 3 * HOUR };
  watch.see({ [AWS]: { nodes: [node] }, [SLURM]: { jobs: [finished] } }, wake);
  expect(byJob(watch.charges())).toEqual({
    idle: accrued(PER_HOUR, START + 3 * HOUR, wake),
    [job.id]: accrued(PER_HOUR, START, START + 3 * HOUR),
  });
  expect(uncertain(watch)).toBe(0);
});

test('a machine that ended while the laptop slept is paid to its end and no further', () => {
  const watch = new WatchOver(START);
  eachMinute(watch, START, START + 10 * MINUTE);
  const end = START + 5 * HOUR + 7 * SECOND;
  watch.see({ [AWS]: { nodes: [ended(end)] }, [SLURM]: { jobs: [job] } }, START + 8 * HOUR);
  expect(sumOf(watch.charges())).toBe(accrued(PER_HOUR, START, end));
});

test('a sleep that no launch time vouches for is paid, and flagged as uncertain', () => {
  const { launchedAt: _, ...unknown } = node;
  const watch = new WatchOver(START);
  const last = START + 9 * MINUTE;
  eachMinute(watch, START, last + 1, [unknown]);
  const wake = START + 8 * HOUR;
  watch.see({ [AWS]: { nodes: [unknown] } }, wake);
  expect(sumOf(watch.charges())).toBe(accrued(PER_HOUR, START, wake));
  expect(uncertain(watch)).toBe(accrued(PER_HOUR, last, wake));
});

test('a machine that vanished is paid to its last sight', () => {
  const watch = new WatchOver(START);
  eachMinute(watch, START, START + 30 * MINUTE);
  watch.see({ [AWS]: { nodes: [] } }, START + 30 * MINUTE);
  expect(sumOf(watch.charges())).toBe(accrued(PER_HOUR, START, START + 29 * MINUTE));
});

test('a machine that vanished is paid as long as its job ran, by the word of its scheduler', () => {
  const watch = new WatchOver(START);
  eachMinute(watch, START, START + 30 * MINUTE);
  const end = START + 3 * HOUR;
  const finished = { ...job, state: 'ended' as const, endedAt: end };
  watch.see({ [AWS]: { nodes: [] }, [SLURM]: { jobs: [finished] } }, START + 8 * HOUR);
  expect(sumOf(watch.charges())).toBe(accrued(PER_HOUR, START, end));
  watch.restart();
  watch.see({ [AWS]: { nodes: [] }, [SLURM]: { jobs: [] } }, START + 9 * HOUR);
  expect(sumOf(watch.charges())).toBe(accrued(PER_HOUR, START, end));
});

test('while a source fails cost goes on accruing, flagged; its next answer settles it', () => {
  const watch = new WatchOver(START);
  const last = START + 9 * MINUTE;
  eachMinute(watch, START, last + 1);
  const failing = START + 3 * HOUR;
  for (let at = last + MINUTE; at <= failing; at += MINUTE) watch.miss(AWS, at);
  expect(sumOf(watch.charges())).toBe(accrued(PER_HOUR, START, failing));
  expect(uncertain(watch)).toBe(accrued(PER_HOUR, last, failing));
  expect(watch.tick.rates.total.uncertain).toBe(true);

  // It has run on: nothing was wrong.
  const good = new WatchOver(START);
  eachMinute(good, START, last + 1);
  for (let at = last + MINUTE; at <= failing; at += MINUTE) good.miss(AWS, at);
  good.see({ [AWS]: { nodes: [node] } }, failing + MINUTE);
  expect(sumOf(good.charges())).toBe(accrued(PER_HOUR, START, failing + MINUTE));
  expect(uncertain(good)).toBe(0);

  // It had ended soon after: what was charged since is taken back.
  const end = last + 90 * SECOND;
  watch.see({ [AWS]: { nodes: [ended(end)] } }, failing + MINUTE);
  expect(sumOf(watch.charges())).toBe(accrued(PER_HOUR, START, end));
  expect(uncertain(watch)).toBe(0);
});

test('what a failing source hid is charged to jobs that ended hours ago, not to nobody', () => {
  const watch = new WatchOver(START);
  eachMinute(watch, START, START + 10 * MINUTE);
  const end = START + 40 * MINUTE;
  const finished = { ...job, state: 'ended' as const, endedAt: end };
  for (let at = START + 10 * MINUTE; at < START + 5 * HOUR; at += 5 * MINUTE) {
    watch.miss(AWS, at);
    const jobs = at < end ? [job] : at < end + 10 * MINUTE ? [finished] : [];
    watch.see({ [SLURM]: { jobs } }, at + MINUTE);
  }
  watch.see({ [AWS]: { nodes: [node] } }, START + 5 * HOUR);
  expect(byJob(watch.charges())[job.id]).toBe(accrued(PER_HOUR, START, end));
});

test('a price that is found late is paid from the launch, by those who ran then', () => {
  const watch = new WatchOver(START);
  const { rate: _, ...unpriced } = node;
  const end = START + 10 * MINUTE;
  eachMinute(watch, START, end, [unpriced]);
  const finished = { ...job, state: 'ended' as const, endedAt: end };
  eachMinute(watch, end, end + 2 * MINUTE, [unpriced], [finished]);
  eachMinute(watch, end + 2 * MINUTE, START + 3 * HOUR, [unpriced], []);
  expect(watch.charges()).toEqual([]);
  watch.see({ [AWS]: { nodes: [node] } }, START + 3 * HOUR);
  expect(byJob(watch.charges())).toEqual({
    idle: accrued(PER_HOUR, end, START + 3 * HOUR),
    [job.id]: accrued(PER_HOUR, START, end),
  });
});

test('a new price counts from when it is seen; a restart in between changes nothing', () => {
  const watch = new WatchOver(START);
  const dearer = { ...node, rate: { ...rate, microsPerHour: 2 * PER_HOUR } };
  const change = START + 30 * MINUTE;
  eachMinute(watch, START, change);
  watch.restart();
  eachMinute(watch, change, START + HOUR, [dearer]);
  watch.restart();
  watch.see({ [AWS]: { nodes: [dearer] } }, START + HOUR);
  expect(sumOf(watch.charges())).toBe(
    accrued(PER_HOUR, START, change) + accrued(2 * PER_HOUR, change, START + HOUR),
  );
});

test('prices that change while the clock is wrong are those of their time', () => {
  const watch = new WatchOver(START);
  const priced = (perHour: number) => ({ ...node, rate: { ...rate, microsPerHour: perHour } });
  watch.see({ [AWS]: { nodes: [priced(10_000_000)] } }, START + MINUTE);
  // A day ahead, and back again.
  watch.see({ [AWS]: { nodes: [priced(20_000_000)] } }, START + DAY);
  watch.see({ [AWS]: { nodes: [priced(30_000_000)] } }, START + 2 * MINUTE);
  for (let at = START + HOUR; at <= START + 2 * DAY; at += HOUR) {
    watch.see({ [AWS]: { nodes: [priced(30_000_000)] } }, at);
  }
  const from = START + 2 * MINUTE;
  const first = watch.charges().filter((charge) => charge.to <= from);
  expect(sumOf(first)).toBe(accrued(10_000_000, START, from));
  const later = watch.charges().filter((charge) => charge.from >= from);
  expect(sumOf(later)).toBe(accrued(30_000_000, from, START + 2 * DAY));
});

test('a clock that was a day ahead and is right again: so is what today has cost, at once', () => {
  const watch = new WatchOver(START);
  eachMinute(watch, START, START + 10 * MINUTE);
  const see = (at: Instant) =>
    watch.see({ [AWS]: { nodes: [node] }, [SLURM]: { jobs: [job] } }, at);
  see(START + DAY);
  see(START + 10 * MINUTE);
  const today = watch.tick.today();
  expect(today.micros).toBeLessThan(PER_HOUR);
  watch.restart();
  watch.tick.run();
  expect(today).toEqual(watch.tick.today());
});

test('a job that grows pays for more from then on, and what it paid before stays', () => {
  const watch = new WatchOver(START);
  const small = jobOf({ shares: [{ node: node.id, gpus: 2 }] });
  const grown = START + 30 * MINUTE;
  eachMinute(watch, START, grown, [node], [small]);
  const large = jobOf({ shares: [{ node: node.id, gpus: 8 }] });
  eachMinute(watch, grown, START + HOUR, [node], [large]);
  watch.restart();
  const end = START + HOUR;
  eachMinute(
    watch,
    end,
    end + MINUTE,
    [node],
    [{ ...large, state: 'ended', endedAt: end, shares: [] }],
  );
  const quarter = byJob(watch.charges())[job.id] ?? 0;
  const expected = accrued(PER_HOUR, START, grown) / 4 + accrued(PER_HOUR, grown, end);
  expect(Math.abs(quarter - expected)).toBeLessThanOrEqual(1);
});

test('a requeued job keeps what it cost the first time', () => {
  const watch = new WatchOver(START);
  eachMinute(watch, START, START + 20 * MINUTE);
  const { startedAt: _, ...again } = { ...job, state: 'pending' as const, shares: [] };
  eachMinute(watch, START + 20 * MINUTE, START + 30 * MINUTE, [node], [again]);
  const second = { ...job, startedAt: START + 31 * MINUTE };
  eachMinute(watch, START + 32 * MINUTE, START + 40 * MINUTE, [node], [second]);
  const end = START + 39 * MINUTE;
  const over = { ...second, state: 'ended' as const, endedAt: end };
  watch.see({ [AWS]: { nodes: [node] }, [SLURM]: { jobs: [over] } }, START + 3 * HOUR);
  watch.see({ [SLURM]: { jobs: [] } }, START + 3 * HOUR + MINUTE);
  // Its source lists it again, long after it was forgotten here.
  watch.see({ [AWS]: { nodes: [node] } }, START + 5 * HOUR);
  watch.restart();
  watch.see({ [AWS]: { nodes: [node] }, [SLURM]: { jobs: [over] } }, START + 5 * HOUR + MINUTE);
  watch.see({ [AWS]: { nodes: [node] }, [SLURM]: { jobs: [over] } }, START + 5 * HOUR + 2 * MINUTE);
  expect(byJob(watch.charges())[job.id]).toBe(
    accrued(PER_HOUR, START, START + 19 * MINUTE) + accrued(PER_HOUR, START + 31 * MINUTE, end),
  );
});

test('a tick that could not be kept is made up for, the past that it should have mended too', () => {
  const watch = new WatchOver(START);
  eachMinute(watch, START, START + 2 * HOUR);
  const end = START + 30 * MINUTE;
  const finished = { ...job, state: 'ended' as const, endedAt: end };
  const save = watch.store.saveUptime;
  watch.store.saveUptime = () => {
    throw new Error('disk is full');
  };
  const at = START + 2 * HOUR;
  expect(() => watch.see({ [AWS]: { nodes: [node] }, [SLURM]: { jobs: [finished] } }, at)).toThrow(
    'disk is full',
  );
  expect(byJob(watch.charges())[job.id]).toBe(accrued(PER_HOUR, START, at - MINUTE));
  watch.store.saveUptime = save;
  watch.see({ [AWS]: { nodes: [node] }, [SLURM]: { jobs: [finished] } }, at + MINUTE);
  expect(byJob(watch.charges())).toEqual({
    idle: accrued(PER_HOUR, end, at + MINUTE),
    [job.id]: accrued(PER_HOUR, START, end),
  });
});

/** The next tick does all of its work, and its transaction is taken back at the end. */
function failToCommit(watch: WatchOver, act: () => void): void {
  const { tick } = watch.store;
  watch.store.tick = (work) =>
    tick(() => {
      work();
      throw new Error('disk is full');
    });
  expect(act).toThrow('disk is full');
  watch.store.tick = tick;
}

test('an end that a tick had seen, yet could not commit, is charged to and no further', () => {
  const watch = new WatchOver(START);
  const at = START + 2 * HOUR;
  eachMinute(watch, START, at);
  const end = START + 90 * MINUTE;
  const see = (now: Instant) => watch.see({ [AWS]: { nodes: [ended(end)] } }, now);
  failToCommit(watch, () => see(at));
  see(at + MINUTE);
  expect(sumOf(watch.charges())).toBe(accrued(PER_HOUR, START, end));
});

test('a price that a tick had seen, yet could not commit, holds after a restart', () => {
  const watch = new WatchOver(START);
  const at = START + 2 * HOUR;
  eachMinute(watch, START, at);
  const dearer = { ...node, rate: { ...rate, microsPerHour: 2 * PER_HOUR } };
  const see = (now: Instant) => watch.see({ [AWS]: { nodes: [dearer] } }, now);
  failToCommit(watch, () => see(at));
  see(at + MINUTE);
  watch.restart();
  see(at + 5 * MINUTE);
  expect(sumOf(watch.charges())).toBe(
    accrued(PER_HOUR, START, at + MINUTE) + accrued(2 * PER_HOUR, at + MINUTE, at + 5 * MINUTE),
  );
});

test('one machine that three sources see is counted once, whoever saw it first', () => {
  const watch = new WatchOver(START);
  const priced = { rate, mine: true, billing: node.billing };
  const kube = nodeOf({
    ...priced,
    id: 'kubernetes:lab:ip-10-0-0-1',
    source: 'kubernetes',
    account: 'kubernetes:lab',
    name: 'ip-10-0-0-1.ec2.internal',
    aliases: ['aws:///us-east-1a/i-0123456789abcdef0'],
  });
  const here = nodeOf({
    ...priced,
    id: 'local:this:host',
    source: 'local',
    account: 'local:this',
    name: 'ip-10-0-0-1.ec2.internal',
    aliases: [],
  });
  const cloud = nodeOf({ ...priced, aliases: ['i-0123456789abcdef0', '10.0.0.1'] });
  const work = jobOf({ id: 'local:this:7', level: 'process', shares: [{ node: here.id }] });
  const minutes = (from: number, to: number, more: Record<string, { nodes: Node[] }>) => {
    for (let at = START + from * MINUTE; at < START + to * MINUTE; at += MINUTE) {
      watch.see({ 'local:this': { nodes: [here], jobs: [work] }, ...more }, at);
    }
  };
  minutes(0, 10, {});
  minutes(10, 20, { 'kubernetes:lab': { nodes: [kube] } });
  minutes(20, 90, { 'kubernetes:lab': { nodes: [kube] }, [AWS]: { nodes: [cloud] } });
  const end = START + 89 * MINUTE;
  const sum = accrued(PER_HOUR, START, end);
  expect(sumOf(watch.charges())).toBe(sum);
  expect(watch.store.totals({ from: 0, to: end + 1 }).get(work.id)?.micros).toBe(sum);
  expect(new Set(watch.charges().map(({ nodeId }) => nodeId))).toEqual(new Set([cloud.id]));
  expect(watch.tick.rates.total.micros).toBe(PER_HOUR);
});

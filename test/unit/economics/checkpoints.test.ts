import { type Checkpoint, Checkpoints } from '@burnrate/shared/economics/checkpoints.ts';
import { HOUR, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';

const JOB = 'slurm:lab:42';
/** List micro-dollars a byte: $0.09 a GB. */
const MICROS_PER_BYTE = 0.09e6 / 1e9;

interface Sends {
  /** Bytes a second outside of checkpoints. */
  usual: number;
  bytes: number;
  everyMs: number;
  lastsMs: number;
  readMs?: number;
  nodes?: readonly string[];
  flow?: 'sent' | 'written';
}

/** What is told of a job that sends so for so long. */
function told(sends: Sends, forMs: number): { checkpoints: Checkpoints; found: Checkpoint[] } {
  const { usual, bytes, everyMs, lastsMs, readMs = 5 * SECOND } = sends;
  const { nodes = ['n'], flow = 'sent' } = sends;
  const sentUntil = (at: number) => {
    const within = Math.min(1, (at % everyMs) / lastsMs);
    return (usual * at) / SECOND + bytes * (Math.floor(at / everyMs) + within);
  };
  const checkpoints = new Checkpoints();
  const found: Checkpoint[] = [];
  // Begins after the first one, which would be part of what is usual.
  const begin = lastsMs;
  for (let at = begin; at < begin + forMs; at += readMs) {
    const to = at + readMs;
    const moved = Math.round((sentUntil(to) - sentUntil(at)) / nodes.length);
    for (const nodeId of nodes) {
      checkpoints.add(
        { jobId: JOB, nodeId, from: at, to, moved: { [flow]: moved } },
        moved * MICROS_PER_BYTE,
      );
    }
    if ((to - begin) % MINUTE < readMs) checkpoints.look(to);
    found.push(...checkpoints.changes());
    checkpoints.kept();
  }
  return { checkpoints, found };
}

const TRAINING: Sends = { usual: 20e6, bytes: 1.4e12, everyMs: 20 * MINUTE, lastsMs: 90 * SECOND };

test('a burst over what is usual is a checkpoint, with its size, its time and its price', () => {
  const { checkpoints, found } = told(TRAINING, 2 * HOUR);
  expect(found.length).toBeGreaterThanOrEqual(5);
  for (const { bytes, ms, by, listMicros = 0 } of found) {
    expect(by).toBe('sent');
    expect(bytes / 1.4e12).toBeGreaterThan(0.99);
    expect(bytes / 1.4e12).toBeLessThan(1.01);
    expect(ms).toBeGreaterThanOrEqual(90 * SECOND);
    expect(ms).toBeLessThanOrEqual(110 * SECOND);
    expect(listMicros / (1.4e12 * MICROS_PER_BYTE)).toBeCloseTo(1, 1);
  }
  expect(checkpoints.latest(JOB)?.everyMs).toBe(20 * MINUTE);
});

test('what the job sends anyway is no part of it', () => {
  const loud = { ...TRAINING, usual: 5e9, bytes: 2e12, lastsMs: MINUTE };
  const { found } = told(loud, HOUR);
  expect(found.length).toBeGreaterThanOrEqual(2);
  expect((found[0]?.bytes ?? 0) / 2e12).toBeGreaterThan(0.97);
  expect((found[0]?.bytes ?? 0) / 2e12).toBeLessThan(1.03);
});

test('the machines of one job are one, and so are readings a minute apart', () => {
  const many = told({ ...TRAINING, nodes: ['a', 'b', 'c', 'd'] }, HOUR).found;
  expect(many.length).toBeGreaterThanOrEqual(2);
  expect(many[0]?.bytes ?? 0).toBeGreaterThan(1.38e12);
  const coarse = told({ ...TRAINING, readMs: MINUTE }, HOUR).found;
  expect(coarse.length).toBeGreaterThanOrEqual(2);
  expect((coarse[0]?.bytes ?? 0) / 1.4e12).toBeCloseTo(1, 1);
});

test('eight machines that write a sharded checkpoint within one minute write one, not eight', () => {
  // Six are ready at once, two had more to gather.
  const starts = [0, 0, 1, 1, 0, 1, 57, 58].map((seconds) => seconds * SECOND);
  const [shard, lasts] = [9e9, 2 * SECOND];
  const [first, every] = [11 * MINUTE, 30 * MINUTE];
  const sentUntil = (machine: number, at: number) => {
    const since = at - first - (starts[machine] ?? 0);
    const shards = Math.floor(since / every) + Math.min(1, (since % every) / lasts);
    // Gradients and logs go on beside it, not quite evenly.
    const beside = 3_000 * at + 4e6 * Math.sin(at / 70_000 + machine);
    return Math.round(beside + shard * (since < 0 ? 0 : shards));
  };
  const checkpoints = new Checkpoints();
  const found: Checkpoint[] = [];
  const readAt = starts.map(() => 0);
  for (let now = 0; now < 100 * MINUTE; now += SECOND) {
    for (const [machine, last] of readAt.entries()) {
      // Each exporter is read every five seconds, at a second of its own; one of them tells late.
      if ((now / SECOND) % 5 !== machine % 5) continue;
      const to = machine === 6 ? now - 40 * SECOND : now;
      if (to <= last) continue;
      readAt[machine] = to;
      const sent = sentUntil(machine, to) - sentUntil(machine, last);
      const gain = { jobId: JOB, nodeId: `node${machine}`, from: last, to, moved: { sent } };
      checkpoints.add(gain, sent * MICROS_PER_BYTE);
    }
    if (now % (20 * SECOND) === 0) checkpoints.look(now);
    found.push(...checkpoints.changes());
    checkpoints.kept();
  }
  expect(found.map(({ at }) => Math.round(at / MINUTE))).toEqual([11, 41, 71]);
  for (const { bytes, ms } of found) {
    expect(bytes / (8 * shard)).toBeGreaterThan(0.98);
    expect(bytes / (8 * shard)).toBeLessThan(1.02);
    expect(ms).toBeGreaterThanOrEqual(MINUTE);
    expect(ms).toBeLessThanOrEqual(90 * SECOND);
  }
  expect(checkpoints.latest(JOB)?.everyMs).toBe(every);
});

test('two checkpoints minutes apart are two', () => {
  const { found } = told({ ...TRAINING, lastsMs: 20 * SECOND, everyMs: 3 * MINUTE }, 30 * MINUTE);
  expect(found.length).toBeGreaterThanOrEqual(7);
});

test('what a job sent over a time is known once all have told, and remembered for an hour', () => {
  const { checkpoints } = told({ ...TRAINING, bytes: 0 }, 2 * HOUR);
  const end = TRAINING.lastsMs + 2 * HOUR;
  const over = (from: number, to: number) => checkpoints.sent(JOB, { from, to });
  expect(over(end - 20 * MINUTE, end - 15 * MINUTE)).toBeCloseTo(20e6 * 300, -3);
  // A machine may still tell of this.
  expect(over(end - 8 * MINUTE, end - 5 * MINUTE)).toBeUndefined();
  expect(over(end - 90 * MINUTE, end - 70 * MINUTE)).toBeUndefined();
  expect(checkpoints.sent('another', { from: 0, to: end })).toBeUndefined();
});

test('steady traffic has none, however much; nor has one that is young or sends crumbs', () => {
  expect(told({ ...TRAINING, usual: 5e9, bytes: 0 }, 2 * HOUR).found).toEqual([]);
  expect(told(TRAINING, 4 * MINUTE).found).toEqual([]);
  expect(told({ ...TRAINING, bytes: 50e6 }, 2 * HOUR).found).toEqual([]);
});

test('what begins and goes on is no burst', () => {
  const checkpoints = new Checkpoints();
  for (let at = 0; at < 2 * HOUR; at += MINUTE) {
    const sent = at < 30 * MINUTE ? 1e6 : 50e9;
    checkpoints.add({ jobId: JOB, nodeId: 'n', from: at, to: at + MINUTE, moved: { sent } }, 0);
    checkpoints.look(at + MINUTE);
  }
  expect(checkpoints.changes()).toEqual([]);
});

test('those that stay on disks are told apart, and have no price', () => {
  const { found } = told({ ...TRAINING, flow: 'written' }, HOUR);
  expect(found[0]).toMatchObject({ by: 'written' });
  expect(found[0]).not.toHaveProperty('listMicros');
});

test('a machine that has fallen silent holds up the others for ten minutes, and no longer', () => {
  const checkpoints = new Checkpoints();
  const add = (nodeId: string, at: number, sent: number) =>
    checkpoints.add({ jobId: JOB, nodeId, from: at, to: at + MINUTE, moved: { sent } }, 0);
  for (let minute = 0; minute < 40; minute += 1) {
    const at = minute * MINUTE;
    add('a', at, minute === 20 ? 40e9 : 1e6);
    if (minute < 15) add('gone', at, 1e6);
    checkpoints.look(at + MINUTE);
    if (minute === 23) expect(checkpoints.changes()).toEqual([]);
  }
  expect(checkpoints.changes()).toHaveLength(1);
});

test('an earlier run’s checkpoints tell how often they come', () => {
  const { found } = told(TRAINING, HOUR);
  const again = new Checkpoints();
  again.restore(found);
  expect(again.latest(JOB)).toMatchObject({ everyMs: 20 * MINUTE, at: found.at(-1)?.at });
  again.keep(new Set());
  expect(again.latest(JOB)).toBeUndefined();
});

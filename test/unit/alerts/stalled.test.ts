import { stalledRule } from '@burnrate/shared/alerts/stalled.ts';
import { defaultConfig } from '@burnrate/shared/config/config.ts';
import type { StoredSample } from '@burnrate/shared/store/store.ts';
import { expect, test } from 'vitest';
import { jobView, sceneAt } from './scene.ts';

const job = jobView({ gpus: 1 });
const { stalled, idle } = defaultConfig.alerts;

/** What a GPU reports each 5 s, by the second. */
type Report = Partial<Omit<StoredSample, 'at' | 'jobIds' | 'nodeId' | 'gpu'>>;

/** Lives through the readings and answers each second at which something was found. */
function found(seconds: number, report: (second: number) => Report) {
  const rule = stalledRule(stalled, idle.below);
  const readings: StoredSample[] = [];
  const findings: { second: number; title: string; held: number; holdMs: number }[] = [];
  for (let second = 0; second <= seconds; second += 5) {
    const at = second * 1000;
    readings.push({ at, nodeId: 'node', jobIds: [job.id], gpu: 'GPU-0', ...report(second) });
    for (const { title, since, holdMs } of rule.evaluate(sceneAt(at, [job], readings))) {
      findings.push({ second, title, held: at - since, holdMs });
    }
  }
  return findings;
}

const work: Report = {
  utilization: 0.97,
  engineActive: 0.95,
  tensorActive: 0.4,
  power: 380,
  pcieTx: 50e6,
};
const spin: Report = { utilization: 1, engineActive: 1, tensorActive: 0, power: 130, pcieTx: 0 };

test('a collective that hangs at full utilization is told by its tensor cores and power', () => {
  const findings = found(700, (second) => (second < 600 ? work : spin));
  expect(findings[0]).toMatchObject({
    second: 600,
    title: expect.stringContaining('hangs at 100%'),
  });
  const fired = findings.find(({ held, holdMs }) => held >= holdMs);
  expect(fired?.second).toBeLessThanOrEqual(620);
});

test('where only power is reported, power tells', () => {
  const only = ({ utilization, power }: Report) => ({ utilization, power }) as Report;
  const findings = found(700, (second) => only(second < 600 ? work : spin));
  expect(findings[0]?.second).toBe(600);
});

test('while one signal still shows work, nothing hangs', () => {
  const lowPower = { ...work, power: 130 };
  expect(found(700, (second) => (second < 600 ? work : lowPower))).toEqual([]);
});

test('a hang that lasts is still one after an hour: it does not become the job’s normal', () => {
  const findings = found(6000, (second) => (second < 900 ? work : spin));
  expect(findings.at(-1)?.second).toBe(6000);
});

test('ranks that spin while a checkpoint is written are given the checkpoint’s time', () => {
  const findings = found(700, (second) =>
    second < 600 ? work : second < 605 ? { ...spin, pcieTx: 5e9 } : spin,
  );
  expect(findings.some(({ held, holdMs }) => held >= holdMs)).toBe(false);
  expect(findings[0]?.holdMs).toBe(150_000);
});

test('work in bursts is told from the steady work before; one dip, or two, are no bursts', () => {
  const wait: Report = {
    ...work,
    engineActive: 0.03,
    utilization: 0.03,
    tensorActive: 0,
    power: 90,
  };
  const inBursts = found(900, (second) => (second >= 600 && second % 25 < 15 ? wait : work));
  expect(inBursts[0]?.title).toContain('waits');
  expect(inBursts[0]?.second).toBeLessThan(700);
  const twice = (second: number) => (second >= 600 && second < 690) || second === 720;
  expect(found(900, (second) => (twice(second) ? wait : work))).toEqual([]);
});

test('an evaluation at half the work is no stall', () => {
  const evaluation = { ...work, engineActive: 0.5, tensorActive: 0.2, power: 290 };
  expect(found(1200, (second) => (second >= 600 && second < 900 ? evaluation : work))).toEqual([]);
});

test('a job without a past of its own is not judged', () => {
  expect(found(300, (second) => (second < 60 ? work : spin))).toEqual([]);
});

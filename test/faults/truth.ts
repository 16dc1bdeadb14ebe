import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import type { ScenarioInput } from '../fleet/scenario.ts';
import type { Settled } from '../integration/fleet/settled.ts';
import { overlaps } from '../unit/metering/given.ts';

/** Micro-dollars by which a machine's sum may differ, for each charge is rounded. */
const ROUNDING = 5;

/** The ledger is what the fleet itself says that each machine has cost: none lost, none twice. */
export function expectTrue({ account, charges, metered }: Settled): void {
  expect(account.instances.length).toBeGreaterThan(0);
  for (const { id, name, micros } of account.instances) {
    expect(Math.abs((metered.get(id) ?? 0) - micros), name).toBeLessThanOrEqual(ROUNDING);
  }
  expect(overlaps(charges)).toBe(false);
}

export const PER_HOUR = 1_006_000;

/** A machine that trains, at $1.006 an hour, launched so many minutes into the story. */
export const trainer = (name: string, launched: number, owner = 'sam') => ({
  name,
  owner,
  launched,
  type: 'g5.xlarge',
  workload: { kind: 'training' as const, level: 0.9 },
  exporter: { collectSeconds: 10 },
});

export const scenarioOf = (machines: ScenarioInput['machines']): ScenarioInput => ({
  seed: 11,
  account: '482913570064',
  user: 'sam',
  machines,
});

/** A folder for each test, which goes when it ends. */
export function folderForEach(): () => string {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'burnrate-faults-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return () => folder;
}

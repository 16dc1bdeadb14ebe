import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DAY, HOUR } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { hourly, JOB, NODE, NOON, Place } from './place.ts';

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));

/** Runs the writer until it has said what is waited for, kills it, and answers all that it said. */
async function killedAt(path: string, line: string, args: string[] = []): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (one) => {
    said.push(one);
    if (one === line) child.kill('SIGKILL');
  });
  await Promise.all([exited, once(lines, 'close')]);
  return said;
}

test('a process killed in the middle of a tick loses nothing that was committed', async () => {
  using place = new Place();
  const said = await killedAt(place.path, 'inside', ['7']);
  expect(said.at(-1)).toBe('inside');
  const { store, notices } = place.open();
  expect(notices).toEqual([]);
  expect(store.charges({ from: 0, to: NOON + DAY })).toEqual(
    hourly(NOON, 7).map((one) => ({ ...one, micros: 1_000_003 })),
  );
  expect(store.meteredThrough(NODE)).toBe(NOON + 7 * HOUR);
  expect(store.auditLog(0)).toHaveLength(7);
});

test('wherever it is killed, what it said was kept is there, and every sum is right', async () => {
  for (const line of ['0', '3', '41', '160']) {
    using place = new Place();
    const said = await killedAt(place.path, line);
    const { store, notices } = place.open();
    expect(notices).toEqual([]);
    const charges = store.charges({ from: 0, to: NOON + 1000 * DAY });
    expect(charges.length).toBeGreaterThanOrEqual(said.length);
    expect(store.auditLog(0).length).toBeGreaterThanOrEqual(said.length);
    const total = store.totals({ from: 0, to: NOON + 1000 * DAY }).get(JOB)?.micros;
    expect(total).toBe(charges.reduce((all, { micros }) => all + micros, 0));
    expect(store.meteredThrough(NODE)).toBe(NOON + charges.length * HOUR);
    expect(place.raw().pragma('integrity_check', { simple: true })).toBe('ok');
  }
});

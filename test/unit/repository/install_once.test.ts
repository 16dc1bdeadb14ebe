import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installOnce } from '../../install_once.ts';

describe('what tests install', () => {
  let folder: string;
  let there: boolean;
  let attempts: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'burnrate-tools-'));
    there = false;
    attempts = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** As one test file would, of which `failing` attempts fail. */
  function need({ failing = 0 } = {}): Promise<void> {
    const install = async () => {
      attempts += 1;
      const attempt = attempts;
      await pause(20);
      if (attempt <= failing) throw new Error(`attempt ${attempt}`);
      there = true;
    };
    return installOnce('tool', async () => there, install, folder);
  }

  test('is installed once, however many need it at the same moment, and again by nobody', async () => {
    await Promise.all([need(), need(), need()]);
    expect([there, attempts]).toEqual([true, 1]);
    await need();
    expect(attempts).toBe(1);
  });

  test('that has come while one looked for it is not installed again', async () => {
    const other = need();
    let looks = 0;
    const isThere = async () => {
      looks += 1;
      if (looks > 1) return there;
      await other;
      return false;
    };
    const again = async () => expect.unreachable('it is installed twice');
    await installOnce('tool', isThere, again, folder);
    expect(attempts).toBe(1);
  });

  test('whose installation fails is tried by the next one; the first one hears why', async () => {
    const ends = await Promise.allSettled([need({ failing: 1 }), need({ failing: 1 })]);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(ends).toContainEqual({ status: 'rejected', reason: new Error('attempt 1') });
    expect([there, attempts]).toEqual([true, 2]);
  });

  test('is waited for by nobody who needs something else', async () => {
    let finish = () => {};
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const isThere = async () => there;
    const first = installOnce('slow', isThere, () => slow, folder);
    await need();
    expect(there).toBe(true);
    finish();
    await first;
  });
});

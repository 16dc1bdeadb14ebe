import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { explainTeamStore } from '@burnrate/shared/store/clickhouse/failure.ts';
import { standingWords } from '@burnrate/shared/store/clickhouse/standing_words.ts';
import { expect, test } from 'vitest';
import { NOON } from '../place.ts';

const STORE = { text: 'db.example:8123/costs', database: 'costs' };
const explain = (error: unknown) => explainTeamStore(error, STORE);

test.each([
  [
    'Code: 193, e.displayText() = DB::Exception: Wrong password for user team, e.what() = DB::Exception',
    'denied',
  ],
  ['Code: 516. DB::Exception: team: Authentication failed. (AUTHENTICATION_FAILED)', 'denied'],
  ['Code: 81, e.displayText() = DB::Exception: Database costs does not exist', 'not-configured'],
  ['Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space', 'throttled'],
  ['Timeout error.', 'unreachable'],
])('%j is told in our own words', (said, kind) => {
  const failure = explain(new Error(said));
  expect(failure.kind).toBe(kind);
  expect(failure.message).toMatch(/^The team store db\.example:8123\/costs: .*\.$/);
  expect(failure.message).not.toContain('DB::Exception');
  expect(failure.remedy).not.toBe('');
});

test('what a server says that nobody foresaw is told as it said it', () => {
  const failure = explain(
    new Error('Code: 999, e.displayText() = DB::Exception: Oh no, e.what() = DB::Exception'),
  );
  expect(failure.message).toBe('The team store db.example:8123/costs: Oh no.');
});

test('how far a store is behind, how much waits, why, and what to do', () => {
  const failure = explain(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
  const standing = { address: STORE.text, changes: 1204, caughtUpAt: NOON - 3 * MINUTE, failure };
  expect(standingWords(standing, NOON)).toEqual({
    ok: false,
    message: '3 min behind; 1,204 rows wait here: it does not answer (ECONNREFUSED).',
    remedy: failure.remedy,
  });
  const well = { address: STORE.text, changes: 1, caughtUpAt: NOON - 5 * HOUR };
  expect(standingWords(well, NOON)).toEqual({
    ok: true,
    message: 'was told everything 5 h ago; 1 row waits here',
  });
  const begun = { address: STORE.text, changes: 2, historyBefore: NOON - 48 * HOUR };
  expect(standingWords(begun, NOON).message).toBe(
    'being told what this ledger holds: 2 rows wait here, and what is older than 2026-11-18',
  );
});

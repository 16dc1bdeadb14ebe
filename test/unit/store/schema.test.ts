import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { chargeOf, NODE, NOON, Place } from './place.ts';

/** A ledger with one charge in force and one superseded. */
function written(place: Place) {
  const { store } = place.open();
  const interval = { from: NOON, to: NOON + 10 * MINUTE };
  store.writeCharges(NODE, interval, [chargeOf(NOON, NOON + 10 * MINUTE, 500)]);
  store.writeCharges(NODE, interval, [chargeOf(NOON, NOON + 10 * MINUTE, 700)]);
  store.audit({ at: NOON, actor: 'ada', action: 'stop', subject: 'job', detail: 'kill 1' });
  return { store, raw: place.raw() };
}

const INSERT = 'INTO charge (id, node, job, from_ms, to_ms, micros, flags, owner, superseded_by)';
const minutes = (from: number, to: number) => `${NOON + from * MINUTE}, ${NOON + to * MINUTE}`;
const ids =
  "(SELECT id FROM name WHERE text = 'aws:dev:i-1'), (SELECT id FROM name WHERE text = 'slurm:lab:1')";

test.each([
  ['an amount cannot be edited', 'UPDATE charge SET micros = 1', 'only be superseded'],
  ['a time cannot be edited', 'UPDATE charge SET from_ms = from_ms + 1', 'only be superseded'],
  ['an id cannot be edited', 'UPDATE charge SET id = id + 10', 'only be superseded'],
  ['an owner cannot be edited', 'UPDATE charge SET owner = node', 'only be superseded'],
  [
    'nothing in force can be deleted',
    'DELETE FROM charge WHERE superseded_by IS NULL',
    'cannot be deleted',
  ],
  [
    'nothing superseded can be deleted',
    'DELETE FROM charge WHERE superseded_by IS NOT NULL',
    'cannot be deleted',
  ],
  ['what is superseded stays so', 'UPDATE charge SET superseded_by = NULL', 'only be superseded'],
  [
    'what is superseded is so once',
    'UPDATE charge SET superseded_by = 1 WHERE superseded_by IS NOT NULL',
    'only be superseded',
  ],
  [
    'superseding takes a revision',
    'UPDATE charge SET superseded_by = 99 WHERE superseded_by IS NULL',
    'FOREIGN KEY',
  ],
  [
    'an entry cannot be replaced',
    `INSERT OR REPLACE ${INSERT} VALUES (1, ${ids}, ${minutes(30, 40)}, 1, 3, NULL, NULL)`,
    'only be appended',
  ],
  [
    'the same time cannot be charged again',
    `INSERT ${INSERT} VALUES (NULL, ${ids}, ${minutes(0, 10)}, 1, 3, NULL, NULL)`,
    'overlaps',
  ],
  [
    'an overlap at the end is refused',
    `INSERT ${INSERT} VALUES (NULL, ${ids}, ${minutes(9, 12)}, 1, 3, NULL, NULL)`,
    'overlaps',
  ],
  [
    'a charge within another is refused',
    `INSERT ${INSERT} VALUES (NULL, ${ids}, ${minutes(3, 4)}, 1, 3, NULL, NULL)`,
    'overlaps',
  ],
  [
    'a charge around another is refused',
    `INSERT OR REPLACE ${INSERT} VALUES (NULL, ${ids}, ${minutes(0, 59)}, 1, 3, NULL, NULL)`,
    'overlaps',
  ],
  [
    'an overlap cannot be ignored away',
    `INSERT OR IGNORE ${INSERT} VALUES (NULL, ${ids}, ${minutes(9, 12)}, 1, 3, NULL, NULL)`,
    'overlaps',
  ],
  [
    'a charge of no time is refused',
    `INSERT ${INSERT} VALUES (NULL, ${ids}, ${minutes(20, 20)}, 1, 3, NULL, NULL)`,
    'CHECK',
  ],
  [
    'a charge over a full hour is refused',
    `INSERT ${INSERT} VALUES (NULL, ${ids}, ${minutes(50, 70)}, 1, 3, NULL, NULL)`,
    'CHECK',
  ],
  [
    'a part of a micro-dollar is refused',
    `INSERT ${INSERT} VALUES (NULL, ${ids}, ${minutes(20, 21)}, 1.5, 3, NULL, NULL)`,
    'REAL value in INTEGER',
  ],
  [
    'nobody is charged who has no name',
    `INSERT ${INSERT} VALUES (NULL, 998, 999, ${minutes(20, 21)}, 1, 3, NULL, NULL)`,
    'FOREIGN KEY',
  ],
  ['retention never goes back', 'UPDATE retention SET charges_from = -1', 'only rise'],
  ['retention is always there', 'DELETE FROM retention', 'cannot be deleted'],
  ['the audit log is not edited', "UPDATE audit SET detail = ''", 'cannot be edited'],
  ['the audit log is not shortened', 'DELETE FROM audit', 'cannot be deleted'],
  [
    'the audit log is not replaced',
    "INSERT OR REPLACE INTO audit VALUES (1, 0, '', '', '', '')",
    'only be appended',
  ],
])('%s, by the database itself', (_what, sql, message) => {
  using place = new Place();
  const { store, raw } = written(place);
  const before = raw.prepare('SELECT * FROM charge ORDER BY id').all();
  expect(before).toHaveLength(2);
  expect(() => raw.exec(sql)).toThrow(message);
  expect(raw.prepare('SELECT * FROM charge ORDER BY id').all()).toEqual(before);
  expect(store.totals({ from: NOON, to: NOON + HOUR }).get('slurm:lab:1')?.micros).toBe(700);
});

test('another job, another node and another time are no overlap', () => {
  using place = new Place();
  const { store } = written(place);
  const interval = { from: NOON, to: NOON + 20 * MINUTE };
  const kept = chargeOf(NOON, NOON + 10 * MINUTE, 700);
  store.writeCharges(NODE, interval, [
    kept,
    chargeOf(NOON, NOON + 10 * MINUTE, 1, { jobId: 'slurm:lab:2' }),
    chargeOf(NOON + 10 * MINUTE, NOON + 20 * MINUTE, 2),
  ]);
  store.writeCharges('aws:dev:i-2', interval, [
    chargeOf(NOON, NOON + 10 * MINUTE, 3, { nodeId: 'aws:dev:i-2' }),
  ]);
  expect(store.charges(interval)).toHaveLength(4);
});

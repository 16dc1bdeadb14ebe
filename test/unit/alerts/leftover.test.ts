import { AlertBook, rulesFrom } from '@burnrate/shared/alerts/index.ts';
import type { Scene } from '@burnrate/shared/alerts/rule.ts';
import { Config } from '@burnrate/shared/config/config.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { Leftover } from '@burnrate/shared/model/leftover.ts';
import { monthlyDollars } from '@burnrate/shared/model/leftover_cost.ts';
import type { AccountView } from '@burnrate/shared/model/snapshot.ts';
import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { sceneAt } from './scene.ts';

const ACCOUNT: AccountView = {
  id: 'aws:default',
  source: 'aws',
  name: 'default',
  title: 'AWS: default',
  foundIn: '~/.aws/config',
  options: {},
  state: 'ok',
  capabilities: ['nodes', 'leftovers'],
  spentToday: 0,
};

function disk(changes: Partial<Leftover> = {}): Leftover {
  return {
    id: 'aws:default:vol-1',
    source: 'aws',
    account: 'aws:default',
    kind: 'disk',
    name: 'data',
    sizeGb: 500,
    region: 'us-east-1',
    mine: true,
    rate: {
      microsPerHour: monthlyDollars(40),
      provenance: 'list',
      basis: 'AWS Price List, gp3 in us-east-1',
      asOf: 0,
    },
    remove: 'aws ec2 delete-volume --volume-id vol-1',
    labels: {},
    ...changes,
  };
}

/** The alerts as they stand after each look, as the collector keeps them; a new book is a restart. */
function watch(alerts: object = {}) {
  let open: Alert[] = [];
  const newBook = () => new AlertBook(rulesFrom(Config.parse({ alerts })));
  let book = newBook();
  return {
    restart: () => {
      book = newBook();
      open = open.filter(({ state }) => state === 'firing');
    },
    look(now: number, leftovers: readonly Leftover[] | undefined): Alert[] {
      const scene: Scene = {
        ...sceneAt(now, [], []),
        accounts: [ACCOUNT],
        leftovers,
        leftoversHeard: new Set(leftovers ? [ACCOUNT.id] : []),
      };
      const after = book.step(scene, open);
      open = after.filter(({ state }) => state !== 'resolved');
      return after;
    },
  };
}

test('a disk that nothing uses is said after an hour, with its price and the command', () => {
  const { look } = watch();
  expect(look(0, [disk()])).toMatchObject([{ state: 'pending', rule: 'orphan' }]);
  expect(look(59 * MINUTE, [disk()])[0]?.state).toBe('pending');
  const [alert] = look(HOUR, [disk()]);
  expect(alert).toMatchObject({
    state: 'firing',
    subjectKind: 'leftover',
    title: 'Disk data costs $40.00 a month and is used by nothing',
    microsPerHour: 54_795,
    microsWasted: 54_795,
  });
  expect(alert?.detail).toContain('aws ec2 delete-volume --volume-id vol-1');
  // It is gone as soon as the account no longer lists it.
  expect(look(HOUR + MINUTE, [])).toMatchObject([{ state: 'resolved' }]);
});

test('when the provider says since when, that counts', () => {
  const { look } = watch();
  const [alert] = look(30 * DAY, [disk({ since: 20 * DAY })]);
  expect(alert).toMatchObject({ state: 'firing', since: 20 * DAY });
  expect(alert?.microsWasted).toBe(10 * 24 * 54_795);
});

test('the disk of a stopped machine waits a week; what is cheap, or has no price, is not said', () => {
  const stopped = disk({ machine: 'trainer', since: 0 });
  expect(watch().look(6 * DAY, [stopped])[0]?.state).toBe('pending');
  expect(watch().look(7 * DAY, [stopped])[0]).toMatchObject({
    state: 'firing',
    title: 'Disk data costs $40.00 a month and waits for trainer, which is stopped',
  });
  const { rate: _, ...unpriced } = disk({ id: 'aws:default:vol-2', since: 0 });
  const cheap = disk({ rate: { ...disk().rate, microsPerHour: monthlyDollars(4.9) } as never });
  expect(watch().look(DAY, [unpriced, { ...cheap, since: 0 }])).toEqual([]);
  expect(watch({ orphan: { atLeastPerMonth: 4 } }).look(DAY, [cheap])).toHaveLength(1);
  expect(watch({ off: ['orphan'] }).look(DAY, [disk({ since: 0 })])).toEqual([]);
});

test('a restart knows of no leftovers until the account has told: no alert ends by that', () => {
  const { look, restart } = watch();
  const told = [disk({ since: 0 })];
  const [before] = look(DAY, told);
  restart();
  expect(look(DAY + MINUTE, undefined)).toEqual([before]);
  expect(look(DAY + 2 * MINUTE, told)[0]).toMatchObject({ id: before?.id, state: 'firing' });
  restart();
  expect(look(DAY + 3 * MINUTE, [])[0]?.state).toBe('resolved');
});

import { IDLE } from '@burnrate/shared/model/charge.ts';
import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { type Stretch, together, type View } from '@burnrate/shared/store/clickhouse/together.ts';
import { expect, test } from 'vitest';

const QUOTED = 1;
const LIST = 3;
const nobodys = () => false;

function stretch(job: string, micros: number, changes: Partial<Stretch> = {}): Stretch {
  return { job, from: 0, to: HOUR, micros, flags: LIST, ...changes };
}

function view(collector: string, stretches: readonly Stretch[], mine = false): View {
  return { collector, mine, stretches };
}

const sum = (stretches: readonly Stretch[]) =>
  stretches.reduce((all, { micros }) => all + micros, 0);
const of = (job: string, stretches: readonly Stretch[]) =>
  sum(stretches.filter((one) => one.job === job));

test('what one alone has seen counts as it is', () => {
  const only = [stretch('a', 7), stretch(IDLE, 3)];
  expect(together([view('x', only)], nobodys)).toEqual(only);
  expect(together([view('x', only), view('y', [])], nobodys)).toEqual(only);
  expect(together([], nobodys)).toEqual([]);
});

test('of two who saw as much the machine’s owner counts, then the better provenance, then always the same', () => {
  const cheap = [stretch('a', 7)];
  const dear = [stretch('a', 9)];
  expect(together([view('x', dear), view('y', cheap, true)], nobodys)).toEqual(cheap);
  const quoted = [stretch('a', 8, { flags: QUOTED })];
  expect(together([view('x', dear), view('y', quoted)], nobodys)).toEqual(quoted);
  expect(together([view('y', dear), view('x', cheap)], nobodys)).toEqual(cheap);
  expect(together([view('x', cheap), view('y', dear)], nobodys)).toEqual(cheap);
});

test('who saw more of the hour counts, whoever’s it is; two minutes are no difference', () => {
  const owner = [stretch('a', 3, { to: 20 * MINUTE })];
  const whole = [stretch('a', 9)];
  expect(together([view('x', owner, true), view('y', whole)], nobodys)).toEqual(whole);
  const nearly = [stretch('a', 8, { to: HOUR - 2 * MINUTE })];
  expect(together([view('x', nearly, true), view('y', whole)], nobodys)).toEqual(nearly);
});

test('a job that only another one sees takes its part out of what is idle', () => {
  const mixed = together(
    [
      view('x', [stretch('a', 50), stretch(IDLE, 30), stretch(IDLE, 20)], true),
      view('y', [stretch('b', 25), stretch(IDLE, 75)]),
    ],
    nobodys,
  );
  expect(of('a', mixed)).toBe(50);
  expect(of('b', mixed)).toBe(25);
  expect(mixed.filter(({ job }) => job === IDLE).map(({ micros }) => micros)).toEqual([15, 10]);
});

test('what a job cost is as its owner’s collector says', () => {
  const views = [
    view('x', [stretch('a', 50), stretch(IDLE, 50)], true),
    view('y', [stretch('a', 40), stretch(IDLE, 60)]),
  ];
  expect(of('a', together(views, nobodys))).toBe(50);
  const yours = together(views, (collector) => collector === 'y');
  expect(of('a', yours)).toBe(40);
  expect(of(IDLE, yours)).toBe(60);
});

test('parts that were rounded apart are the whole; two who give all of it away are not added', () => {
  const rounded = together(
    [
      view('x', [stretch('a', 51), stretch(IDLE, 49)], true),
      view('y', [stretch('b', 50), stretch(IDLE, 51)]),
    ],
    nobodys,
  );
  expect(sum(rounded)).toBe(100);
  const both = together(
    [view('x', [stretch('a', 100)], true), view('y', [stretch('b', 100)])],
    nobodys,
  );
  expect(both).toEqual([stretch('a', 100)]);
});

test('whoever sees what, an hour costs what one of them says, however their views are mixed', () => {
  let state = 9;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state % below;
  };
  for (let round = 0; round < 500; round += 1) {
    const views = Array.from({ length: 1 + random(4) }, (_, index) =>
      view(
        `c${index}`,
        Array.from({ length: 1 + random(4) }, () =>
          stretch([IDLE, 'a', 'b', 'c'][random(4)] ?? IDLE, random(1000), { flags: random(4) }),
        ),
        random(2) === 0,
      ),
    );
    const mixed = together(views, (collector) => collector === `c${round % 4}`);
    expect(views.map(({ stretches }) => sum(stretches))).toContain(sum(mixed));
    expect(together(views.toReversed(), (collector) => collector === `c${round % 4}`)).toEqual(
      mixed,
    );
  }
});

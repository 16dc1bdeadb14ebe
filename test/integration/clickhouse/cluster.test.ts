import { IDLE } from '@burnrate/shared/model/charge.ts';
import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { TeamReader } from '@burnrate/shared/store/clickhouse/reader.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Colleague, START } from './colleague.ts';
import { type ClickHouse, current, debian } from './server.ts';
import { sumsOf, totalOf, unionOf } from './sums.ts';

/** Machines that several collectors of a team see: counted once. */
for (const engine of [debian, current]) {
  const missing = await engine.install();
  describe.skipIf(missing)(`${engine.name}${missing ? `: ${missing}` : ''}`, () => {
    let server: ClickHouse;
    beforeAll(async () => {
      server = await engine.start();
    });
    afterEach(() => server.empty());
    afterAll(() => server?.stop());

    const span = { from: START, to: START + 3 * HOUR };
    const team = () => new TeamReader(server.open(), () => START);

    test('of two who see one cluster, what its owner’s collector says counts, to the micro-dollar', async () => {
      await using ada = new Colleague('ada', { cluster: 'lab', owner: 'ada' });
      await using bob = new Colleague('bob', { cluster: 'lab', owner: 'ada' });
      await using eve = new Colleague('eve');
      for (const one of [ada, bob, eve]) {
        one.work(130);
        await one.send(server);
      }
      expect(unionOf([ada], span)).not.toEqual(unionOf([bob], span));
      for (const hourly of [false, true]) {
        const page = await team().costs({ ...span, hourly });
        expect(sumsOf(page)).toEqual(unionOf([ada, eve], span, hourly));
      }
      // An interval that cuts hours, too.
      const cut = { from: START + 31 * MINUTE + 17, to: START + 100 * MINUTE + 3 };
      expect(sumsOf(await team().costs(cut))).toEqual(unionOf([ada, eve], cut));
      const drawn = await team().history({ ...span, stepMs: 5 * MINUTE });
      const total = drawn.reduce((sum, { micros }) => sum + micros, 0);
      expect(total).toBe(totalOf(unionOf([ada, eve], span)));
    });

    test('where the owner’s laptop slept, the hours count as the other one saw them', async () => {
      await using ada = new Colleague('ada', { cluster: 'lab', owner: 'ada', machines: 1 });
      await using bob = new Colleague('bob', { cluster: 'lab', owner: 'ada', machines: 1 });
      ada.work(70);
      bob.work(180);
      await ada.send(server);
      await bob.send(server);
      const first = { from: START, to: START + HOUR };
      const rest = { from: START + HOUR, to: START + 3 * HOUR };
      expect(sumsOf(await team().costs(first))).toEqual(unionOf([ada], first));
      expect(sumsOf(await team().costs(rest))).toEqual(unionOf([bob], rest));
    });

    test('two who see only their own jobs on a machine together see all of it, once', async () => {
      await using ada = new Colleague('ada', { cluster: 'lab', machines: 1 });
      await using bob = new Colleague('bob', { cluster: 'lab', machines: 1 });
      ada.hold('slurm:lab:a', 600, 0.5);
      bob.hold('slurm:lab:b', 600, 0.25);
      await ada.send(server);
      await bob.send(server);
      const day = { from: START, to: START + 10 * HOUR };
      const { costs } = await team().costs(day);
      const of = (job: string) =>
        costs.filter(({ jobId }) => jobId === job).reduce((sum, { micros }) => sum + micros, 0);
      const ledger = (one: Colleague, job: string) => one.store.totals(day).get(job)?.micros ?? 0;
      const whole = ledger(ada, 'slurm:lab:a') + ledger(ada, IDLE);
      expect(of('slurm:lab:a')).toBe(ledger(ada, 'slurm:lab:a'));
      expect(of('slurm:lab:b')).toBe(ledger(bob, 'slurm:lab:b'));
      expect(of(IDLE)).toBe(whole - of('slurm:lab:a') - of('slurm:lab:b'));
    });

    test('one id for two machines of two people counts both', async () => {
      await using ada = new Colleague('ada', { cluster: 'default', domain: 'ada.example' });
      await using bob = new Colleague('bob', { cluster: 'default', domain: 'bob.example' });
      ada.work(60);
      bob.work(60);
      await ada.send(server);
      await bob.send(server);
      const page = await team().costs(span);
      expect(totalOf(sumsOf(page))).toBe(totalOf(unionOf([ada, bob], span)));
      expect(Object.keys(page.nodes)).toHaveLength(6);
    });

    test('one machine under two ids, by its DNS name, counts once', async () => {
      await using ada = new Colleague('ada', { cluster: 'east', domain: 'lab.example' });
      await using bob = new Colleague('bob', {
        cluster: 'west',
        domain: 'lab.example',
        owner: 'ada',
      });
      ada.work(60);
      bob.work(60);
      await ada.send(server);
      await bob.send(server);
      const page = await team().costs(span);
      expect(totalOf(sumsOf(page))).toBe(totalOf(unionOf([ada], span)));
      expect(Object.keys(page.nodes)).toHaveLength(3);
    });
  });
}

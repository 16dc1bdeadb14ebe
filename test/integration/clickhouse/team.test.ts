import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { TeamReader } from '@burnrate/shared/store/clickhouse/reader.ts';
import type { Rows } from '@burnrate/shared/store/clickhouse/tables.ts';
import { compareMonths } from '@burnrate/shared/store/clickhouse/verify.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Colleague, START, spanOf } from './colleague.ts';
import { type ClickHouse, current, debian } from './server.ts';
import { stepsOf, stepsOfCharges, sumsOf, totalOf, unionOf } from './sums.ts';

const readme = readFileSync(
  fileURLToPath(new URL('../../../shared/store/clickhouse/README.md', import.meta.url)),
  'utf8',
);
const documented = /```sql\n(SELECT[^`]*)```/.exec(readme)?.[1] ?? '';

for (const engine of [debian, current]) {
  const missing = await engine.install();
  describe.skipIf(missing)(`${engine.name}${missing ? `: ${missing}` : ''}`, () => {
    let server: ClickHouse;
    beforeAll(async () => {
      server = await engine.start();
    });
    afterEach(() => server.empty());
    afterAll(() => server?.stop());

    const team = () => new TeamReader(server.open(), () => START);

    test('a team’s sums are those of its ledgers, to the micro-dollar, over any interval', async () => {
      await using ada = new Colleague('ada');
      await using bob = new Colleague('bob', { machines: 2 });
      await using eve = new Colleague('eve', { machines: 1 });
      const all = [ada, bob, eve];
      for (const one of all) one.work(150);
      await Promise.all(all.map((one) => one.send(server)));
      const reader = team();
      for (const interval of [
        { from: START, to: START + 2 * HOUR },
        { from: START - DAY, to: START + DAY },
        { from: START + 17 * MINUTE + 1234, to: START + 95 * MINUTE + 777 },
        { from: START + 5, to: START + 6 },
      ]) {
        for (const hourly of [false, true]) {
          const page = await reader.costs({ ...interval, hourly });
          expect(sumsOf(page)).toEqual(unionOf(all, interval, hourly));
        }
      }
      const page = await reader.costs({ from: START, to: START + DAY });
      expect(totalOf(sumsOf(page))).toBeGreaterThan(0);
      expect(page.jobs['slurm:ada:0']).toEqual({
        name: 'train-0',
        owner: 'ada',
        project: 'project-0',
        run: 'train-0',
      });
      expect(page.nodes['slurm:bob:gpu-1']).toMatchObject({
        name: 'gpu-1',
        owner: 'bob',
        labels: { rack: "a 'quoted' \\ name" },
      });
      expect((await reader.collectors()).map(({ name }) => name)).toEqual([
        'ada@test',
        'bob@test',
        'eve@test',
      ]);
    });

    test('its charts have each step of the charges', async () => {
      await using ada = new Colleague('ada', { machines: 2 });
      ada.work(200);
      await ada.send(server);
      for (const stepMs of [MINUTE, 5 * MINUTE, HOUR, DAY]) {
        const query = { from: START, to: START + 4 * HOUR, stepMs };
        const points = await team().history(query);
        expect(stepsOf(points)).toEqual(stepsOfCharges(ada, query));
        expect(points.length).toBeGreaterThan(0);
      }
    });

    test('what bills supersede is replaced, and what is rolled up stays as it was', async () => {
      await using ada = new Colleague('ada', { retention: { minuteDays: 1, hourDays: 2 } });
      ada.work(300);
      await ada.send(server);
      const sent = totalOf(sumsOf(await team().costs(spanOf([ada]))));
      ada.bill(3);
      await ada.send(server);
      const billed = await team().costs(spanOf([ada]));
      expect(sumsOf(billed)).toEqual(unionOf([ada], spanOf([ada])));
      expect(totalOf(sumsOf(billed))).not.toBe(sent);
      expect(billed.costs.some(({ provenance }) => provenance === 'billed')).toBe(true);

      // Charges go after a day, hours after two; a bill comes for hours that are only sums by then.
      ada.now += 1.5 * DAY;
      ada.store.compact(ada.now);
      expect(ada.outbox.waiting().changes).toBe(0);
      ada.bill(2);
      expect(ada.outbox.waiting().changes).toBeGreaterThan(0);
      await ada.send(server);
      expect(sumsOf(await team().costs(spanOf([ada])))).toEqual(unionOf([ada], spanOf([ada])));
      ada.now += 3 * DAY;
      ada.store.compact(ada.now);
      await ada.send(server);
      expect(sumsOf(await team().costs(spanOf([ada])))).toEqual(unionOf([ada], spanOf([ada])));
    });

    test('migrated twice, a ledger of months is there once, every month equal to the micro-dollar', async () => {
      await using ada = new Colleague('ada', {
        machines: 1,
        retention: { minuteDays: 1, hourDays: 20 },
      });
      ada.work(4 * 75, 6 * HOUR);
      ada.store.compact(ada.now);
      for (let again = 0; again < 3; again += 1) {
        if (again > 0) ada.outbox.tellAll();
        await ada.send(server);
        const months = await compareMonths(server.open(), ada.outbox);
        expect(months.map(({ month }) => month)).toEqual(['202610', '202611', '202612', '202701']);
        for (const { ledger, team } of months) expect(team).toBe(ledger);
        expect(sumsOf(await team().costs(spanOf([ada])))).toEqual(unionOf([ada], spanOf([ada])));
      }
      // What was told hour by hour, and is by now only kept by the day, is told as a day: once.
      ada.now += 60 * DAY;
      ada.store.compact(ada.now);
      ada.outbox.tellAll();
      await ada.send(server);
      expect(sumsOf(await team().costs(spanOf([ada])))).toEqual(unionOf([ada], spanOf([ada])));
    });

    test('blocks that come twice, or out of order, change nothing', async () => {
      await using ada = new Colleague('ada', { machines: 1 });
      const raw = server.open();
      const blocks: Rows['node_hour'][][] = [];
      ada.shipper(server);
      await ada.send(server);
      for (let round = 0; round < 6; round += 1) {
        ada.work(25);
        const batch = ada.outbox.take(1000);
        blocks.push(batch.rows.flatMap((one) => (one.table === 'node_hour' ? [one.row] : [])));
        ada.outbox.told(batch.changes);
      }
      for (const block of [...blocks.toReversed(), ...blocks, ...blocks.toReversed()]) {
        await raw.insert('node_hour', block);
      }
      await ada.send(server);
      expect(sumsOf(await team().costs(spanOf([ada])))).toEqual(unionOf([ada], spanOf([ada])));
      // What the README has people ask for by hand says the same.
      const days = await raw.select<{ dollars: number }>(documented);
      const dollars = days.reduce((sum, day) => sum + Number(day.dollars), 0);
      expect(dollars).toBeCloseTo(totalOf(unionOf([ada], spanOf([ada]))) / 1e6, 6);
    });

    test('a server that was set back is told all again, and an old copy of a ledger goes on', async () => {
      await using ada = new Colleague('ada', { machines: 1 });
      ada.work(90);
      await ada.send(server);
      await server.empty();
      ada.work(5);
      await ada.restart().send(server);
      expect(sumsOf(await team().costs(spanOf([ada])))).toEqual(unionOf([ada], spanOf([ada])));
      ada.outbox.skipTo(7_000_000);
      ada.work(5);
      await ada.send(server);
      ada.forget();
      ada.work(30);
      await ada.restart().send(server);
      expect(sumsOf(await team().costs(spanOf([ada])))).toEqual(unionOf([ada], spanOf([ada])));
    });
  });
}

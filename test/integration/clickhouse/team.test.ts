import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { TeamReader } from '@burnrate/shared/store/clickhouse/reader.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Colleague, START } from './colleague.ts';
import { type ClickHouse, current, debian } from './server.ts';
import { sumsOf, totalOf, unionOf } from './sums.ts';

for (const engine of [debian, current]) {
  const missing = await engine.install();
  describe.skipIf(missing)(`${engine.name}${missing ? `: ${missing}` : ''}`, () => {
    let server: ClickHouse;
    beforeAll(async () => {
      server = await engine.start();
    });
    afterAll(() => server?.stop());

    test('a team’s sums are those of its ledgers, to the micro-dollar, over any interval', async () => {
      await using ada = new Colleague('ada');
      await using bob = new Colleague('bob', { machines: 2 });
      await using eve = new Colleague('eve', { machines: 1 });
      const team = [ada, bob, eve];
      for (const one of team) one.work(150);
      await Promise.all(team.map((one) => one.send(server)));
      const reader = new TeamReader(server.open(), () => START);
      for (const interval of [
        { from: START, to: START + 2 * HOUR },
        { from: START - DAY, to: START + DAY },
        { from: START + 17 * MINUTE + 1234, to: START + 95 * MINUTE + 777 },
        { from: START + 5, to: START + 6 },
      ]) {
        for (const hourly of [false, true]) {
          const page = await reader.costs({ ...interval, hourly });
          expect(sumsOf(page)).toEqual(unionOf(team, interval, hourly));
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
    });
  });
}

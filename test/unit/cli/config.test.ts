import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Home } from '../collector/live.ts';
import { burnrate } from './burnrate.ts';

test('config check names each mistake with its file, line and column, and needs no collector', async () => {
  await using home = new Home();
  const absent = await burnrate(home, ['config', 'check']);
  expect(absent).toMatchObject({ code: 0, stdout: expect.stringContaining('is not there') });
  writeFileSync(home.paths.config, 'alerts:\n  idle:\n    below: 7\n');
  const wrong = await burnrate(home, ['config', 'check']);
  expect(wrong.code).toBe(1);
  expect(wrong.stdout).toContain(`${home.paths.config}:3:12: alerts.idle.below`);
  writeFileSync(home.paths.config, 'invoices:\n  gcp-bigquery: {tabel: p.d.t}\n');
  const ignored = await burnrate(home, ['config', 'check']);
  expect(ignored.code).toBe(1);
  expect(ignored.stdout).toContain(`${home.paths.config}:2:18: invoices.gcp-bigquery.tabel`);
  expect(ignored.stdout).toContain(
    '1 mistake; what is wrong does nothing, and all else is in force',
  );
  home.configure({ alerts: { idle: { below: 0.2 } } });
  expect(await burnrate(home, ['config', 'check'])).toMatchObject({ code: 0 });
  expect(home.log()).toBe('');
});

test('config schema prints what editors need', async () => {
  await using home = new Home();
  const { code, stdout } = await burnrate(home, ['config', 'schema']);
  expect(code).toBe(0);
  const { properties } = JSON.parse(stdout);
  expect(Object.keys(properties)).toContain('alerts');
  expect(Object.keys(properties.sources.properties)).toContain('slurm');
});

import { readoutOf } from '@burnrate/shared/faces/readout.ts';
import { expect, test } from 'vitest';
import { TOOLTIP_COMMANDS, tooltipOf } from '../../../extension/tooltip.ts';
import { alertOf, jobOf, snapshotOf } from './snapshots.ts';

const of = (snapshot = snapshotOf(), why?: string) => tooltipOf(snapshot, readoutOf(snapshot), why);
const commandsIn = (text: string) =>
  [...text.matchAll(/\(command:([\w.]+)/g)].map(([, name]) => name);

test('it shows the sums with their provenance, and each job with a link to stop it', () => {
  const text = of();
  expect(text).toContain('&#36;32&#46;77 &#40;list&#41; per hour');
  expect(text).toContain('train&#45;70b');
  const argument = /command:burnrate\.stopJob\?([^)]*)\)/.exec(text)?.[1] ?? '';
  expect(JSON.parse(decodeURIComponent(argument))).toEqual([{ jobId: 'slurm:lab:42' }]);
});

test('a hostile name adds neither link, image, element nor icon', () => {
  const name =
    '](command:workbench.action.quit) <img src=x onerror=alert(1)> $(zap) | ![](https://e.vil)';
  const text = of(snapshotOf({ jobs: [jobOf({ name })] }));
  expect(new Set(commandsIn(text))).toEqual(new Set(['burnrate.showPanel', 'burnrate.stopJob']));
  expect(text).not.toMatch(/<img|https:|\$\(zap\)|!\[/);
});

test('a hostile id stays within its link', () => {
  const id = 'slurm:lab:1) [x](command:evil \'"';
  const text = of(snapshotOf({ jobs: [jobOf({ id })] }));
  expect(commandsIn(text)).not.toContain('evil');
  const argument = /command:burnrate\.stopJob\?([^)]*)\)/.exec(text)?.[1] ?? '';
  expect(JSON.parse(decodeURIComponent(argument))).toEqual([{ jobId: id }]);
});

test('its links are those that the tooltip is trusted with', () => {
  const texts = [of(), tooltipOf(undefined, readoutOf(undefined), 'gone')];
  for (const text of texts) {
    for (const name of commandsIn(text)) expect(TOOLTIP_COMMANDS).toContain(name);
  }
});

test('the dearest jobs come first, others are counted, and those of others are not mine', () => {
  const jobs = Array.from({ length: 10 }, (_, index) =>
    jobOf({ id: `job-${index}`, name: `job${index}`, rate: { ...jobOf().rate, micros: index } }),
  );
  const text = of(
    snapshotOf({ jobs: [...jobs, jobOf({ id: 'x', name: 'foreign', mine: false })] }),
  );
  expect(text.indexOf('job9')).toBeLessThan(text.indexOf('job8'));
  expect(text).not.toContain('job1]');
  expect(text).toContain('and 2 more');
  expect(text).not.toContain('foreign');
});

test('what is wrong is said, and without a collector why', () => {
  expect(of(snapshotOf({ alerts: [alertOf()] }))).toContain('is idle at 18&#37;');
  const offline = tooltipOf(undefined, readoutOf(undefined), 'no node at /opt');
  expect(offline).toContain('no node at &#47;opt');
});

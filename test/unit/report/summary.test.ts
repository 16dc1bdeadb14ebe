import { DAY } from '@burnrate/shared/model/time.ts';
import type { ReportKey } from '@burnrate/shared/protocol/report.ts';
import { dailyOf } from '@burnrate/shared/report/daily.ts';
import { htmlOf } from '@burnrate/shared/report/html.ts';
import { expect, test } from 'vitest';
import { DAYS, FROM, pages } from './spent.ts';

const QUERY = { from: FROM, to: FROM + DAYS * DAY, everyones: true };

async function textOf(by: ReportKey): Promise<string> {
  const html = htmlOf(await dailyOf({ ...QUERY, by }, pages()));
  return html
    .replace(/^[\s\S]*<body>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&lt;', '<')
    .replace(/\s+/g, ' ');
}

test('the sum, how sure it is, and what a unit of work has cost come first', async () => {
  const text = await textOf('owner');
  // Three jobs and what nobody held of their machines, half of the days calibrated to within 2%.
  const calibrated = 3 * (600 + 30);
  const facts = [
    'GPU spending of everyone $3,780 ± $37.80',
    'an estimate: what is owed is on the providers’ invoices',
    'A day, on average $630.00',
    'Held by no job $180.00 5%',
    'Spent in vain $228.00 6%',
    'Saved by stops $80.00',
    'Per 1k steps $3.00',
    'Per 1M tokens $2.00',
    'Most of it 51% ada',
  ];
  let after = -1;
  for (const fact of facts) {
    const at = text.indexOf(fact);
    expect(at, fact).toBeGreaterThan(after);
    after = at;
  }
  expect(calibrated * 0.02).toBeCloseTo(37.8);
  expect(after).toBeLessThan(text.indexOf('Cost by day'));
});

test('what the sum rests on, and why money was lost and by whom, is said in words', async () => {
  const text = await textOf('owner');
  expect(text).toContain('$1,890 billed on the provider’s bill');
  expect(text).toContain('$1,890 calibrated list price, corrected by bills');
  expect(text).toContain('within ± $37.80, with 95% certainty');
  expect(text).toContain('$630.00 of it is of time that no fresh evidence covers');
  expect(text).toContain('GPUs did next to nothing 79% $180.00');
  expect(text).toContain('busy, but made no progress 13% $30.00');
  expect(text).toContain('sam 82% $186.00');
});

test('the rows come with their sum, and by whatever they are, the biggest jobs follow', async () => {
  const text = await textOf('owner');
  expect(text).toMatch(/By owner .*ada .*Sum \$3,780 ± \$37\.80 .*The biggest jobs/);
  expect(text).toMatch(/The biggest jobs .*pretrain-7b sam .*sweep-lr ada .*serve-chat ada/);
  // It need not say twice what a report by job says.
  expect(await textOf('job')).not.toContain('The biggest jobs');
});

test('what jobs sent and wrote stands apart, with the range of what that cost', async () => {
  for (const by of ['owner', 'day', 'job'] as const) {
    const text = await textOf(by);
    const [before = '', section = ''] = text.split('Data out:');
    expect(before).toContain('$3,780');
    // What was not measured is no zero: the second job is not there, the last sent an unknown amount.
    expect(section.replace(/ Metered by.*/, '').trim()).toBe(
      '≈$12.00 Job Owner Sent To disks Cost of sending ' +
        'pretrain-7b sam 600 GB 300 GB ≈$12.00 $0.00 to $54.00 ' +
        'serve-chat ada 18 GB ' +
        'Sum 600 GB 318 GB ≈$12.00 $0.00 to $54.00 ' +
        'Beside what machines cost, and in no sum above: $0.00 to $54.00, by what this account’s bills say of data transfer.',
    );
  }
});

test('of nothing that is known to be lost, counted or doubtful nothing is said', async () => {
  async function* plain() {
    for await (const page of pages()) {
      const costs = page.costs.map(({ spread: _, ...cost }) => ({
        ...cost,
        provenance: 'billed' as const,
        uncertain: false,
      }));
      yield { ...page, costs, work: {} };
    }
  }
  const html = htmlOf(await dailyOf({ ...QUERY, by: 'job' }, plain()));
  for (const word of [
    '±',
    'Spent in vain:',
    'Per 1k',
    'an estimate',
    'no fresh evidence',
    'Data out',
  ]) {
    expect(html).not.toContain(word);
  }
});

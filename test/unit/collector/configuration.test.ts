import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { schemasOf } from '../../../shared/collector/accounts.ts';
import { Configuration } from '../../../shared/collector/configuration.ts';
import { folder } from '../invoices/bills.ts';

/** What faces say of a file, and what is logged. */
function saidOf(text: string): { notices: string[]; logged: string[] } {
  const file = join(folder(), 'burnrate.yaml');
  writeFileSync(file, text);
  const logged: string[] = [];
  const log = { info() {}, error() {}, warn: (message: string) => logged.push(message) };
  const configuration = new Configuration(file, schemasOf([]), log, () => {});
  const strip = (message: string) => message.replace(`${file}:`, '');
  return {
    notices: configuration.notices().map(({ message }) => strip(message)),
    logged: logged.map(strip),
  };
}

test('a mistake is said with its place and with what is in force', () => {
  expect(saidOf('retention: {minuteDays: 0}\n').notices).toEqual([
    expect.stringMatching(/^1:25: .*The last configuration without a mistake is in force\.$/),
  ]);
});

test('a mistake in bills or in a rule’s name is said as one that harms nothing else', () => {
  const { notices, logged } = saidOf(
    'invoices:\n  gcp-bigquery: {tabel: p.d.t}\nalerts: {off: [idel]}\n',
  );
  const all = 'It does nothing until that is mended; all else is in force.';
  expect(notices).toEqual([
    expect.stringMatching(/^3:16: alerts\.off\.0: there is no rule "idel"; .*did you mean "idle"/),
    `2:18: invoices.gcp-bigquery.tabel: Unrecognized key: "tabel"; did you mean "table"? ${all}`,
  ]);
  expect(notices[0]).toContain(all);
  expect(logged).toHaveLength(2);
});

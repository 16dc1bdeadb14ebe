import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextEdit } from 'vscode-languageserver-types';
import { at } from './config_scene.ts';

const offered = (marked: string) => {
  const { file, position } = at(marked);
  return file.completions(position);
};
const labels = (marked: string) => offered(marked).map(({ label }) => label);

/** The text after one of what is offered has been taken. */
function taken(marked: string, label: string): string {
  const { document } = at(marked);
  const edit = offered(marked).find((one) => one.label === label)?.textEdit;
  if (!edit) throw new Error(`${label} is not offered, only ${labels(marked).join(', ')}`);
  return TextDocument.applyEdits(document, [edit as TextEdit]);
}

test('at the top stand the sections, with what they mean; those that are there are left out', () => {
  const found = offered('alerts: {}\n|');
  const names = found.map(({ label }) => label);
  expect(names).toEqual(expect.arrayContaining(['budgets', 'sources', 'notify', 'store']));
  expect(names).not.toContain('alerts');
  const budgets = found.find(({ label }) => label === 'budgets');
  expect(budgets).toMatchObject({ detail: 'a list', documentation: { kind: 'markdown' } });
  expect(labels('|')).toContain('alerts');
});

test.each([
  ['alerts:\n  |\n', 'idle'],
  ['alerts:\n  |\n  idle: {below: 1}\n', 'stalled'],
  ['alerts:\n  idle:\n    |\n  stalled: {}\n', 'below'],
  ['alerts:\n  idle:\n  |\n', 'stalled'],
  ['alerts:\n  idle:\n    below: 0.2\n    st|\n', 'startupMinutes'],
  ['budgets:\n  - name: a\n    |', 'perDay'],
  ['budgets:\n  - na|', 'name'],
  ['budgets: [{name: a, |}]\n', 'perDay'],
  ['budgets: [{name: a, per|', 'perDay'],
  ['sources:\n  sl|\n', 'slurm'],
  ['sources:\n  slurm:\n    clusters:\n      - ssh: login\n        |\n', 'conf'],
  ['sources: {aws: {|}}', 'profiles'],
  ['invoices:\n  gcp-bigquery:\n    |\n', 'table'],
  ['store:\n  |\n', 'url'],
])('%j offers the keys that may stand there', (marked, key) => {
  expect(labels(marked)).toContain(key);
  const { text } = at(marked);
  for (const label of labels(marked)) expect(text).not.toMatch(new RegExp(`\\b${label}:`));
});

test.each([
  ['alerts:\n  |\n', 'idle', 'alerts:\n  idle:\n'],
  ['alerts:\n  idle:\n    be|\n', 'below', 'alerts:\n  idle:\n    below: \n'],
  ['budgets:\n  |\n', 'name', 'budgets:\n  - name: \n'],
  ['budgets:\n  - |\n', 'name', 'budgets:\n  - name: \n'],
  ['budgets:\n  - act|ion: stop\n', 'action', 'budgets:\n  - action: stop\n'],
  [
    'budgets:\n  - name: a\n    action: no|\n',
    'notify',
    'budgets:\n  - name: a\n    action: notify\n',
  ],
  ['budgets: [{action: |}]', 'stop', 'budgets: [{action: stop}]'],
  ['updates:\n  check: |', 'false', 'updates:\n  check: false'],
  [
    'sources:\n  aws:\n    profiles:\n      - |\n',
    'lab',
    'sources:\n  aws:\n    profiles:\n      - lab\n',
  ],
  [
    'sources:\n  aws:\n    profiles:\n      |\n',
    'lab',
    'sources:\n  aws:\n    profiles:\n      - lab\n',
  ],
  [
    'sources:\n  aws:\n    profiles: [prod, l|]\n',
    'lab',
    'sources:\n  aws:\n    profiles: [prod, lab]\n',
  ],
  ['alerts:\n  off: [|]\n', 'stalled', 'alerts:\n  off: [stalled]\n'],
  ['sources: {aws: {services: [|]}}', 'batch', 'sources: {aws: {services: [batch]}}'],
  ['budgets:\n  - jobs: lla|ma # all\n', 'llama-eval', 'budgets:\n  - jobs: llama-eval # all\n'],
])('%j, where %s is taken', (marked, label, text) => {
  expect(taken(marked, label)).toBe(text);
});

test('names are those of the collector, of the account’s own source, and mine where jobs are', () => {
  expect(labels('sources:\n  aws:\n    profiles: [|]')).toEqual(['lab', 'prod']);
  expect(labels('budgets:\n  - jobs: |')).toEqual(['llama', 'llama-eval']);
  expect(labels('budgets:\n  - owner: |')).toEqual(['ada', 'grace']);
  expect(labels('sources: {slurm: {mine: [|]}}')).toEqual(['ada', 'grace']);
  expect(labels('budgets:\n  - project: |')).toEqual(['chat']);
  expect(labels('budgets:\n  - name: |')).toEqual([]);
  const labelled = { labels: { partition: 'gpu,debug' }, source: 'slurm' };
  const market = { now: 0, offers: [], nodes: [labelled, { ...labelled, source: 'aws' }] as never };
  const { file, position } = at('sources:\n  slurm:\n    prices:\n      |', { market });
  const prices = file.completions(position);
  expect(prices.map(({ textEdit }) => textEdit?.newText)).toEqual(['gpu:', 'debug:']);
});

test('a name that YAML would read otherwise is quoted', () => {
  const accounts = [{ source: 'aws', name: '123', foundIn: '' }] as never;
  const { file, position } = at('sources:\n  aws:\n    profiles: [|]', { accounts });
  expect(file.completions(position)[0]?.textEdit?.newText).toBe('"123"');
});

test('nothing is offered in a comment, in a text, or where nothing may stand', () => {
  for (const marked of ['# al|', 'alerts: |', 'retention:\n  minuteDays: 1|', 'nonsense:\n  |'])
    expect(labels(marked), marked).toEqual([]);
});

const WHOLE = `# All of it
alerts:
  idle: {below: 0.2, forSeconds: 30}
  off: [weekly, "price-elsewhere"]
  jobs:
    - jobs: "notebook-*"
      off: [idle]
budgets:
  - name: my day
    perDay: 200
    action: stop   # mine alone
  - {name: team, perMonth: 20000, owner: '*'}
sources:
  aws:
    profiles:
      - lab
  slurm:
    prices:
      gpu: { perGpuHour: 2.10 }
store: >-
  clickhouse://db.example/costs
`;

test('whatever of a file is written yet, nothing breaks, and what is offered fits where it goes', () => {
  expect(at(WHOLE).file.diagnostics()).toEqual([]);
  fc.assert(
    fc.property(
      fc.nat(WHOLE.length),
      fc.nat(WHOLE.length),
      fc.constantFrom('', '\n', ' ', '{', '[', '- ', '"', ': ', '\t', '&a ', '*a', '? ', '|', '#'),
      (length, cursor, broken) => {
        const text = WHOLE.slice(0, length) + broken;
        const offset = Math.min(cursor, text.length);
        const { file, document } = at(text.replaceAll('|', '>'));
        const position = document.positionAt(offset);
        file.hover(position);
        file.lenses();
        for (const { range } of file.diagnostics()) file.fixes(range);
        for (const { textEdit } of file.completions(position)) {
          const { range } = textEdit as TextEdit;
          expect(document.offsetAt(range.start)).toBeLessThanOrEqual(offset);
          expect(document.offsetAt(range.end)).toBeGreaterThanOrEqual(offset);
          expect(range.start.line).toBe(range.end.line);
        }
      },
    ),
    { numRuns: 300 },
  );
});

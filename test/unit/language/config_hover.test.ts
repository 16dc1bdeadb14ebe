import { expect, test } from 'vitest';
import { at } from './config_scene.ts';

/** What is said at the `|`; undefined where nothing is. */
function hover(marked: string): string | undefined {
  const { file, position } = at(marked);
  const contents = file.hover(position)?.contents;
  if (contents === undefined) return undefined;
  if (typeof contents === 'string' || !('value' in contents)) throw new Error('no Markdown');
  return contents.value;
}

test.each([
  [
    'alerts:\n  idle:\n    be|low: 0.5\n',
    /^\*\*below\*\* · a number from 0 to 1 · default: `0\.3`\n\nBelow this share/,
  ],
  ['al|erts: {}\n', /^\*\*alerts\*\* · a section\n\nWhen something is said\.$/],
  [
    'budgets: [{name: a, perDay: 1, act|ion: stop}]',
    /^\*\*action\*\* · one of notify, stop · default: `notify`/,
  ],
  ['budgets: [{name: a, perDay: 1, action: st|op}]', /^\*\*action\*\* · one of notify, stop/],
  ['budgets:\n  - per|Hour: 3\n', /^\*\*perHour\*\* · a number above 0\n\nUS dollars/],
  ['updates:\n  check|: true\n', /one of true, false · default: `true`/],
  [
    'sources:\n  dcgm:\n    timeout|Seconds: 2\n',
    /a number from 0\.1 to 10 · default: `4`\n\nHow many seconds/,
  ],
  ['sources: {gcp: {own|erLabels: []}}', /a list · default: `owner, user/],
  ['retention:\n  hour|Days: 2\n', /a whole number of at least 1 · default: `120`/],
  ['st|ore: clickhouse://db/x\n', /^\*\*store\*\* · a text, or a section\n\nWhere a team's/],
  [
    'store:\n  url: clickhouse://db/x\n  pass|word: x\n',
    /^\*\*password\*\* · a text\n\nThe password itself/,
  ],
  [
    'invoices:\n  gcp-bigquery:\n    maxi|mumBytesBilled: 1e9\n',
    /How many bytes one query may read/,
  ],
])('%j: a key is explained by its own schema', (marked, words) => {
  expect(hover(marked)).toMatch(words);
});

test('a word that nothing knows, and a place without one, say nothing', () => {
  for (const marked of [
    'nonsense|: 1\n',
    '__pro|to__: 1\n',
    'alerts:\n  idel|: 1\n',
    '# al|erts\n',
    'alerts: {}\n\n|\n',
  ])
    expect(hover(marked)).toBeUndefined();
});

test('an account says how it answers, why it does not, and what of mine runs there', () => {
  const lab = hover('sources:\n  aws:\n    profiles: [la|b]\n');
  expect(lab).toContain('**aws: lab** answered 1 min ago · yours there: $1.00/h (list) now');
  const prod = hover('sources:\n  aws:\n    profiles:\n      - pr|od\n');
  expect(prod).toContain('**failed**');
  expect(prod).toContain('ec2:DescribeInstances is denied\n\nAttach the read policy.');
  expect(hover('sources:\n  aws:\n    profiles: [other|]\n')).not.toContain('yours there');
});

test('a source says how each of its accounts answers', () => {
  const words = hover('sources:\n  a|ws:\n    profiles: [lab]\n');
  expect(words).toMatch(/Amazon Web Services[\s\S]*aws: lab[\s\S]*aws: prod/);
  expect(words).not.toContain('slurm');
  expect(hover('sources:\n  vast|: {}\n')).toContain('No account of it is found.');
});

test('a pattern says which of my jobs it means now, and what they cost', () => {
  const words = hover('budgets:\n  - name: x\n    perDay: 3\n    jobs: llama|*\n');
  expect(words).toContain('It means 2 jobs that run now, $5.00/h (list):');
  expect(words).toContain('- llama: $4.00/h (list)\n- llama-eval: $1.00/h (list)');
  const none = 'No job that runs now is meant by it.';
  expect(hover('alerts: {jobs: [{jobs: thei|rs}]}')).toContain(none);
  expect(hover('budgets: [{owner: gr|ace}]')).toContain('It means 1 job that run');
  expect(hover('budgets: [{project: ch|at}]')).toContain('- llama: $4.00/h (list)');
});

test('a budget of a day says what is spent, left, and to be expected', () => {
  const words = hover('budgets:\n  - name: my d|ay\n    perDay: 100\n');
  expect(words).toContain('**$31.20** of $100.00 spent today (31%) · $68.80 left · $5.00/h now');
  expect(words).toContain('prices of its jobs: list');
  // Twelve hours at $5.
  expect(words).toContain('At $5.00/h until midnight it comes to **$91.20**.');
  expect(hover('budgets:\n  - name: my day\n    per|Day: 100\n')).toContain('$68.80 left');
});

test('a budget of each job says how far each is spent', () => {
  const words = hover('budgets:\n  - name: each\n    perJob|: 200\n');
  expect(words).toContain('- llama: $120.00 (list) of $200.00 (60%)');
  expect(words).not.toContain('llama-eval');
  expect(hover('budgets:\n  - name: n|ew\n    perDay: 1\n')).toContain('Not in force');
});

test('what others call their jobs is no markup', () => {
  const { file, position } = at('budgets: [{owner: gr|ace}]');
  expect(JSON.stringify(file.hover(position))).toContain('theirs');
});

import { expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { at } from './config_scene.ts';

/** The text after a quick fix for its only mistake, by the fix's title. */
function mended(text: string, title: string): string {
  const { file, document } = at(text);
  const [found] = file.diagnostics();
  if (!found) throw new Error('nothing is wrong');
  const fix = file.fixes(found.range).find((one) => one.title === title);
  if (!fix) throw new Error(`only ${titles(text).join(', ')}`);
  expect(fix.diagnostics).toEqual([found]);
  const [edits = []] = Object.values(fix.edit?.changes ?? {});
  return TextDocument.applyEdits(document, edits);
}

function titles(text: string): string[] {
  const { file } = at(text);
  return file.diagnostics().flatMap(({ range }) => file.fixes(range).map(({ title }) => title));
}

test.each([
  ['alerts:\n  idel: {below: 0.2}\n', 'idle', 'alerts:\n  idle: {below: 0.2}\n'],
  ['budgts: []\n', 'budgets', 'budgets: []\n'],
  ['sources:\n  slrum: {}\n', 'slurm', 'sources:\n  slurm: {}\n'],
  [
    'budgets:\n  - {name: a, perDay: 1, action: stpo}\n',
    'stop',
    'budgets:\n  - {name: a, perDay: 1, action: stop}\n',
  ],
  [
    'budgets:\n  - {name: a, perDay: 1, action: explode}\n',
    'notify',
    'budgets:\n  - {name: a, perDay: 1, action: notify}\n',
  ],
  ['updates:\n  check: yes # no\n', 'true', 'updates:\n  check: true # no\n'],
  ['alerts:\n  off: [idle, stlled]\n', 'stalled', 'alerts:\n  off: [idle, stalled]\n'],
  [
    'invoices:\n  aws-cost-explorr: {enabled: false}\n',
    'aws-cost-explorer',
    'invoices:\n  aws-cost-explorer: {enabled: false}\n',
  ],
  [
    'invoices: {aws-cost-explorer: {enabld: false}}\n',
    'enabled',
    'invoices: {aws-cost-explorer: {enabled: false}}\n',
  ],
  ['sources: {aws: {services: [bacth]}}\n', 'batch', 'sources: {aws: {services: [batch]}}\n'],
])('%j becomes right by the word that was meant', (text, word, right) => {
  const fixed = mended(text, `Change to ${word}`);
  expect(fixed).toBe(right);
  expect(at(fixed).file.diagnostics()).toEqual([]);
});

test.each([
  ['alerts:\n  nonsense: 1\n  idle: {}\n', 'alerts:\n  idle: {}\n'],
  [
    'alerts:\n  idle: {} # kept\n  nonsense:\n    a: 1\n    b: 2 # gone\n  # kept, too\n  off: []\n',
    'alerts:\n  idle: {} # kept\n  # kept, too\n  off: []\n',
  ],
  ['alerts:\n  idle: {}\n  nonsense: 1\n', 'alerts:\n  idle: {}\n'],
  [
    'alerts:\r\n  idle: {}\r\n  nonsense: 1\r\n  off: []\r\n',
    'alerts:\r\n  idle: {}\r\n  off: []\r\n',
  ],
  ['alerts:\n  idle: {}\n  nonsense: 1 # gone\n  off: []\n', 'alerts:\n  idle: {}\n  off: []\n'],
  ['alerts:\n  nonsense: 1\n', 'alerts:\n  {}\n'],
  ['alerts: {nonsense: 1}\n', 'alerts: {}\n'],
  ['alerts: {nonsense: 1, off: []}\n', 'alerts: {off: []}\n'],
  ['alerts: {off: [], nonsense: 1}\n', 'alerts: {off: []}\n'],
  ['alerts: {off: [], nonsense: [1, 2], idle: {}}\n', 'alerts: {off: [], idle: {}}\n'],
  [
    'budgets:\n  - nonsense: 1\n    name: a\n    perDay: 1\n',
    'budgets:\n  - name: a\n    perDay: 1\n',
  ],
  ['nonsense:\n- 1\n- 2\nalerts: {}\n', 'alerts: {}\n'],
])('%j: a key that nothing has is removed, and nothing else', (text, right) => {
  const fixed = mended(text, 'Remove nonsense');
  expect(fixed).toBe(right);
  expect(at(fixed).file.diagnostics()).toEqual([]);
});

test('the mark is on the word alone, and says what it is', () => {
  const { file } = at('alerts:\n  idel:\n    below: 3\n');
  expect(file.diagnostics()).toMatchObject([
    {
      code: 'wrong-key',
      severity: 1,
      range: { start: { line: 1, character: 2 }, end: { line: 1, character: 6 } },
      message: 'alerts.idel: Unrecognized key: "idel"; did you mean "idle"?',
    },
  ]);
  expect(at('budgets:\n  - name: a\n    jobs: x\n').file.diagnostics()).toMatchObject([
    { code: 'configuration', range: { start: { line: 1 }, end: { line: 1 } } },
  ]);
  // What takes nothing else out of force is marked as no error.
  expect(at('alerts: {off: [idel]}\n').file.diagnostics()).toMatchObject([
    { code: 'wrong-value', severity: 2, range: { start: { character: 15 } } },
  ]);
});

test('of several mistakes the one that is pointed at is mended', () => {
  const { file } = at('alerts:\n  idel: {}\n  stalld: {}\n');
  const offered = file
    .diagnostics()
    .map(({ range }) => file.fixes(range).map(({ title }) => title));
  expect(offered).toEqual([
    ['Change to idle', 'Remove idel'],
    ['Change to stalled', 'Remove stalld'],
  ]);
});

test('what is far from anything is only removed, and a number has no fix', () => {
  expect(titles('alerts: {nonsense: 1}\n')).toEqual(['Remove nonsense']);
  expect(titles('retention: {minuteDays: 0}\n')).toEqual([]);
  expect(titles('alerts: [\n')).toEqual([]);
});

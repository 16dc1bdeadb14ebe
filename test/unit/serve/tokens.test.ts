import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenFrom } from '@burnrate/shared/protocol/remote.ts';
import { makeTokenFile, parseTokens, Tokens } from '@burnrate/shared/serve/tokens.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SECRET = 'burnrate_a-secret-of-some-length';
const OTHER = 'burnrate_another-secret-of-length';
let folder: string;
let file: string;
let said: string[];
let changes: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'burnrate-tokens-'));
  file = join(folder, 'tokens');
  said = [];
  changes = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (text: string) => writeFileSync(file, text, { mode: 0o600 });
const open = () =>
  new Tokens(file, { change: () => (changes += 1), mistake: (message) => said.push(message) });

test('two are made where there are none, for this user alone, and never over others', () => {
  expect(makeTokenFile(file)).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, 'utf8');
  expect(makeTokenFile(file)).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe(text);
  const tokens = parseTokens(file, text);
  expect(tokens.map(({ name, role }) => [name, role])).toEqual([
    ['operator', 'stop'],
    ['viewer', 'view'],
  ]);
});

test('a secret is known by itself or by its hash, and nothing else is', () => {
  const hash = createHash('sha256').update(OTHER).digest('hex');
  write(`# team\nada stop ${SECRET} # until June\neve@example.com view sha256:${hash}\n`);
  const tokens = open();
  expect(tokens.whose(SECRET)).toMatchObject({ name: 'ada', role: 'stop' });
  expect(tokens.whose(OTHER)).toMatchObject({ name: 'eve@example.com', role: 'view' });
  for (const wrong of ['', SECRET.slice(0, -1), `${SECRET} `, hash, `sha256:${hash}`])
    expect(tokens.whose(wrong)).toBeUndefined();
  tokens.close();
});

test.each([
  ['ada stop', /nothing else/],
  [`ada stop ${SECRET} more`, /nothing else/],
  [`ada root ${SECRET}`, /view or stop/],
  ['ada stop short', /shorter than 24/],
  [`a;b stop ${SECRET}`, /letters, digits/],
  [`ada stop ${SECRET}\nada view ${OTHER}`, /:2: ada has a token already/],
  ['# nobody\n', /holds no token/],
])('%j is refused, and its secret is not said', (text, message) => {
  write(text);
  expect(open).toThrow(message);
  try {
    open();
  } catch (error) {
    expect((error as Error).message).not.toContain(SECRET);
  }
});

test.skipIf(process.platform === 'win32')('a file that others may read is refused', () => {
  write(`ada stop ${SECRET}\n`);
  chmodSync(file, 0o640);
  expect(open).toThrow(/chmod 600/);
});

test('a change takes effect, and one with a mistake does not', () => {
  write(`ada stop ${SECRET}\n`);
  const tokens = open();
  const ada = tokens.whose(SECRET);
  if (!ada) throw new Error('ada is not known');
  expect(tokens.still(ada)).toBe(true);
  // Her role, or her secret, is another: what was opened before must end.
  write(`ada view ${SECRET}\n`);
  tokens.look();
  expect(changes).toBe(1);
  expect(tokens.still(ada)).toBe(false);
  write(`ada view ${SECRET}\nbroken\n`);
  tokens.look();
  tokens.look();
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('stay in force');
  expect(tokens.whose(SECRET)).toMatchObject({ role: 'view' });
  rmSync(file);
  tokens.look();
  expect(said).toHaveLength(2);
  expect(tokens.whose(SECRET)).toBeDefined();
  tokens.close();
});

test('a face’s own file may be a line of the server’s', () => {
  write(`# mine\n\nada stop ${SECRET} # the operator's\n`);
  expect(tokenFrom(file)).toBe(SECRET);
  write(`${SECRET}\n`);
  expect(tokenFrom(file)).toBe(SECRET);
  write('# none\n');
  expect(() => tokenFrom(file)).toThrow(/holds no token/);
  expect(() => tokenFrom(join(folder, 'absent'))).toThrow(/--token-file/);
});

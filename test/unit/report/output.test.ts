import { execFile, execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeOut } from '@burnrate/shared/report/output.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'burnrate-output-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function* failing(): AsyncGenerator<string> {
  yield 'the first half';
  throw new Error('the collector has gone');
}

test('a file is replaced when the report is complete, through a link too', async () => {
  const [file, link] = [join(folder, 'report.csv'), join(folder, 'link.csv')];
  await writeOut(['a', 'b'], file);
  expect(readFileSync(file, 'utf8')).toBe('ab');
  symlinkSync(file, link);
  await writeOut(['c'], link);
  expect(readFileSync(file, 'utf8')).toBe('c');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(['link.csv', 'report.csv']);
});

test('a report that fails half way leaves the file of before, and nothing beside it', async () => {
  const file = join(folder, 'report.csv');
  writeFileSync(file, 'of before');
  await expect(writeOut(failing(), file)).rejects.toThrow('the collector has gone');
  expect(readFileSync(file, 'utf8')).toBe('of before');
  expect(readdirSync(folder)).toEqual(['report.csv']);
});

test.skipIf(process.platform === 'win32')('a pipe is written to and stays one', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = promisify(execFile)('cat', [pipe]);
  await writeOut(['a', 'b'], pipe);
  expect((await reader).stdout).toBe('ab');
  expect(lstatSync(pipe).isFIFO()).toBe(true);
});

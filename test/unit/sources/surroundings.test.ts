import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { expect, test } from 'vitest';

const { run, readFile } = thisMachine();
const node = process.execPath;
const never = new AbortController().signal;

test('a program’s output, exit code and input pass through, and no shell reads its arguments', async () => {
  const script =
    'process.stdin.pipe(process.stdout); console.error(process.argv[1]); process.exitCode = 3';
  const hostile = '$(touch /tmp/x); `id` && echo "';
  const result = await run(node, ['-e', script, hostile], { signal: never, stdin: 'héllo' });
  expect(result).toEqual({ code: 3, stdout: 'héllo', stderr: `${hostile}\n` });
});

test('a program sees the environment that it is given, and nothing else', async () => {
  const script = 'console.log(JSON.stringify(process.env))';
  const { stdout } = await run(node, ['-e', script], { signal: never, env: { ONLY: 'this' } });
  expect(JSON.parse(stdout)).toMatchObject({ ONLY: 'this' });
  expect(JSON.parse(stdout)).not.toHaveProperty('PATH');
});

test('a program that is not installed rejects with ENOENT', async () => {
  await expect(run('burnrate-no-such-program', [], { signal: never })).rejects.toMatchObject({
    code: 'ENOENT',
  });
});

test('an abort ends a program that ignores SIGTERM', async () => {
  const controller = new AbortController();
  const script =
    "process.on('SIGTERM', () => {}); console.log(process.pid); setInterval(() => {}, 1000)";
  const running = run(node, ['-e', script], { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('deadline')), 300);
  await expect(running).rejects.toThrow('deadline');
});

test('a program that runs too long is ended, and what it has said is heard', async () => {
  const script = "console.error('waiting for munge'); setInterval(() => {}, 1000)";
  const result = await run(node, ['-e', script], { signal: never, endAfterMs: 2000 });
  expect(result).toEqual({ code: -1, stdout: '', stderr: 'waiting for munge\n' });
});

test('a program that prints without end is cut off', async () => {
  const script = 'const b = Buffer.alloc(65536, 120); for (;;) require("fs").writeSync(1, b)';
  await expect(run(node, ['-e', script], { signal: never, maxBytes: 1_000_000 })).rejects.toThrow(
    'printed more than 1000000 bytes',
  );
});

test('a file that is not there is undefined; one that cannot be read rejects', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'burnrate-'));
  await writeFile(join(folder, 'here'), 'text');
  expect(await readFile(join(folder, 'here'))).toBe('text');
  expect(await readFile(join(folder, 'gone'))).toBeUndefined();
  await expect(readFile(folder)).rejects.toMatchObject({ code: 'EISDIR' });
});

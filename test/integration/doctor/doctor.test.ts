import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DoctorReport } from '@burnrate/shared/protocol/protocol.ts';
import { registry } from '@burnrate/shared/sources/index.ts';
import { expect, test } from 'vitest';
import { until } from '../../unit/collector/live.ts';
import { Rented } from '../rented/home.ts';
import { signInEverywhere } from './every_system.ts';

const CLI = fileURLToPath(new URL('../../../shared/cli/main.ts', import.meta.url));
const SOURCES = Object.keys(registry);
/** Machines under test are busy. */
const PATIENCE_MS = 180_000;

/** `burnrate doctor` as a person runs it. */
function doctor(
  home: Rented,
  args: readonly string[] = [],
): Promise<{ code: number; out: string; err: string }> {
  // Nothing of whoever runs the tests: not their accounts, and not their programs.
  const env = { PATH: '/nonexistent', TZ: 'UTC', COLUMNS: '100', ...home.env };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [CLI, 'doctor', ...args],
      { env, maxBuffer: 8 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error ? Number(error.code ?? 1) : 0;
        resolve({ code: Number.isNaN(code) ? 1 : code, out: stdout, err: stderr });
      },
    );
  });
}

/** What the doctor says; undefined, with the reason, where a busy machine kept it from saying it. */
async function reportOf(home: Rented): Promise<DoctorReport | undefined> {
  const { out, err } = await doctor(home, ['--json']);
  if (out.trim() !== '') return DoctorReport.parse(JSON.parse(out));
  console.warn(`no report: ${err}`);
  return undefined;
}

const toLine =
  (account: string) =>
  ({ message }: { message: string }) =>
    `${account}: ${message}`;

test('on an empty machine each source says where it looked, and the first steps are told', async () => {
  await using home = new Rented({ HOME: '' });
  home.env.HOME = `${home.path}/nobody`;
  mkdirSync(home.env.HOME);
  const report = await until('a report', () => reportOf(home), PATIENCE_MS);
  expect(report.accounts).toEqual([]);
  expect(report.looked.map(({ source }) => source).sort()).toEqual(SOURCES.toSorted());
  for (const { places, title } of report.looked) expect(places, title).not.toEqual([]);
  const { code, out } = await doctor(home);
  expect(code).toBe(0);
  expect(out).toContain('No account was found.');
  expect(out).toContain('aws configure sso');
});

test('signed in everywhere: each account says where it was found, what it can do, or how to mend it', {
  timeout: 2 * PATIENCE_MS,
}, async () => {
  await using home = new Rented();
  const end = await signInEverywhere(home);
  try {
    const report = await until(
      'an account of every source, each connected',
      async () => {
        const now = await reportOf(home);
        const lost = now?.accounts.flatMap(({ account, checks }) =>
          checks.filter((one) => one.capability === 'connect' && !one.ok).map(toLine(account)),
        );
        if (lost?.length) console.warn(`asked again: ${lost.join('; ')}`);
        const found = new Set(now?.accounts.map(({ account }) => account.split(':')[0]));
        const missing = SOURCES.filter((source) => !found.has(source));
        if (now && missing.length > 0) {
          console.warn(`not found yet: ${missing.join(', ')}`);
          // A busy machine's own tools may have answered too late: they are asked again.
          await (await home.open()).request('refresh', {});
        }
        return missing.length === 0 && lost?.length === 0 && now;
      },
      PATIENCE_MS,
    );
    expect(report.looked).toEqual([]);
    const loaded = await Promise.all(
      Object.entries(registry).map(async ([id, load]) => [id, await load()] as const),
    );
    const capabilities = new Map(loaded.map(([id, source]) => [id, source.capabilities]));
    for (const { account, title, foundIn, checks } of report.accounts) {
      expect(foundIn.trim(), account).not.toBe('');
      expect(title.trim(), account).not.toBe('');
      expect(
        checks.filter((one) => one.capability === 'connect'),
        account,
      ).toHaveLength(1);
      for (const { capability, ok, message, remedy } of checks) {
        expect(message.trim(), `${account} ${capability}`).not.toBe('');
        if (!ok) expect(remedy?.trim() ?? '', `${account} ${capability}`).not.toBe('');
      }
    }
    // Of all that a source can do its account has a line; the reader of its bills may add others.
    for (const [account, lines] of Map.groupBy(report.accounts, (one) => one.account)) {
      const told = new Set(lines.flatMap(({ checks }) => checks.map((one) => one.capability)));
      const can = capabilities.get(account.split(':')[0] ?? '') ?? [];
      expect(
        can.filter((one) => !told.has(one)),
        account,
      ).toEqual([]);
    }
    const text = (await doctor(home)).out;
    for (const { title, foundIn } of report.accounts) {
      expect(text).toContain(title);
      expect(text.replaceAll(/\s+/g, ' ')).toContain(foundIn.replaceAll(/\s+/g, ' '));
    }
    // Nothing of a key is in it.
    for (const secret of ['any-key', 'c2VjcmV0X2NhbmFyeV80NzEx'])
      expect(text).not.toContain(secret);
  } finally {
    await end();
  }
});

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Config, defaultConfig } from '@burnrate/shared/config/config.ts';
import { LEAN_NODE_FLAGS } from '@burnrate/shared/protocol/launch.ts';
import { registry } from '@burnrate/shared/sources/index.ts';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { CONFIG_TEMPLATE, ensureConfig } from '../../../extension/config_file.ts';
import { doctorReport } from '../../../extension/doctor_report.ts';
import { collectorLaunch } from '../../../extension/launch.ts';

test('the template changes nothing, and all that it shows is a valid configuration', async () => {
  expect(Config.parse(parse(CONFIG_TEMPLATE) ?? {})).toEqual(defaultConfig);
  const inForce = CONFIG_TEMPLATE.replace(/^# (?=( *\w+:))/gm, '');
  const shown = Config.parse(parse(inForce));
  expect(Object.keys(shown.sources).length).toBeGreaterThan(0);
  for (const [id, section] of Object.entries(shown.sources)) {
    const source = await registry[id]?.();
    expect(source?.settings.safeParse(section)).toMatchObject({ success: true });
  }
});

test('a configuration that is there is never touched; a new one is for its owner alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'burnrate-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'deep', 'burnrate.yaml');
  ensureConfig(path);
  expect(readFileSync(path, 'utf8')).toBe(CONFIG_TEMPLATE);
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o077).toBe(0);
  writeFileSync(path, 'mine: true\n');
  ensureConfig(path);
  expect(readFileSync(path, 'utf8')).toBe('mine: true\n');
});

test('the collector is started by what runs the extension, or by what the settings name', () => {
  const options = { dist: join('/ext', 'dist'), execPath: '/usr/share/code/code' };
  expect(collectorLaunch({ ...options, nodePath: '' })).toMatchObject({
    command: '/usr/share/code/code',
    args: [...LEAN_NODE_FLAGS, join('/ext', 'dist', 'collector', 'collector.mjs')],
    env: { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: undefined },
  });
  expect(collectorLaunch({ ...options, nodePath: ' /opt/node ' }).command).toBe('/opt/node');
});

test("the doctor's report says of each account what works, and what to do about the rest", () => {
  const report = doctorReport({
    accounts: [
      {
        account: 'aws:me',
        title: 'AWS: me',
        foundIn: '~/.aws/config',
        checks: [
          { capability: 'nodes', ok: true, message: 'reads 17 regions' },
          { capability: 'stop', ok: false, message: 'denied', remedy: 'attach <the policy>' },
        ],
      },
    ],
    looked: [{ source: 'slurm', title: 'Slurm', places: ['squeue: not on PATH'] }],
    collector: { database: '/d/burnrate.db', config: '/c', socket: '/s', log: '/l' },
  });
  expect(report).toContain('## AWS&#58; me');
  expect(report).toContain('✅ **nodes** reads 17 regions');
  expect(report).toMatch(/❌ \*\*stop\*\* denied\n {2}- To do: attach &#60;the policy&#62;/);
  expect(report).toContain('- **Slurm**\n  - squeue&#58; not on PATH');
});

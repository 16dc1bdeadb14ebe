import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Demo, startDemo } from '@burnrate/shared/cli/demo.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { readOwner } from '@burnrate/shared/protocol/launch.ts';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { isAlive, until } from '../../unit/collector/live.ts';
import { type OpenWorkbench, openWorkbench, workbenchMissing } from './open_workbench.ts';
import { snapshotOf } from './snapshot.ts';

const missing = await workbenchMissing();
if (missing) console.warn(`VS Code is not tested: ${missing}`);

const FILES = {
  'task.yaml': `name: pretrain
resources:
  accelerators: A100:8
  autostop: 10
run: python train.py
`,
  'sweep.yaml': `name: sweep
resources:
  accelerators: A100:1
  image_id: docker:ubuntu:24.04
file_mounts:
  /ckpt: { source: s3://checkpoints, mode: MOUNT }
run: python sweep.py
`,
  'job.yaml': `apiVersion: batch/v1
kind: Job
metadata: { name: tune }
spec:
  template:
    spec:
      nodeSelector:
        cloud.google.com/gke-accelerator: nvidia-a100-80gb
      containers:
        - name: main
          image: python:3.12-slim
          resources: { limits: { nvidia.com/gpu: 2 } }
      volumes:
        - name: checkpoints
          persistentVolumeClaim: { claimName: checkpoints }
`,
  'train.sh': `#!/bin/sh
#SBATCH --gres=gpu:a100:2 --time=24:00:00
exec python train.py
`,
};
const KEY = 'c4n4ry-e2e-0123456789abcdef0123456789abcdef';

/** One window beside the demo's fleet, for all that a person does in it. */
describe.skipIf(missing)('in a real VS Code, beside a simulated fleet', () => {
  const undo = new AsyncDisposableStack();
  let demo: Demo;
  let open: OpenWorkbench;
  const window = () => open.workbench;
  const page = () => open.workbench.page;
  const snapshot = (): Promise<Snapshot> => snapshotOf(demo.paths);
  const job = async (name: string) => (await snapshot()).jobs.find((one) => one.name === name);

  /** A machine under test may be busy. */
  const soon = <T>(
    what: string,
    condition: () => T | undefined | false | Promise<T | undefined | false>,
  ) => until(what, condition, 120_000);
  const setBudgets = (...budgets: object[]) => {
    const { budgets: _, ...config } = parse(readFileSync(demo.paths.config, 'utf8'));
    writeFileSync(demo.paths.config, stringify({ budgets, ...config }));
  };

  beforeAll(async () => {
    demo = await startDemo();
    undo.defer(() => demo.stop());
    const project = join(dirname(demo.paths.config), 'project');
    mkdirSync(project);
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(project, name), text);
    // This account is found when a person gives its key.
    const env = { ...demo.env, LAMBDA_API_KEY: '' };
    // Who wants to see all that is said between the window and the collector.
    const settings = { 'burnrate.trace.server': 'verbose' };
    open = undo.use(await openWorkbench(env, { project, trusted: false, settings }));
    await window().openJobs();
    await window().row('llama-finetune').waitFor();
  });
  afterAll(() => undo.disposeAsync());

  test('where the workspace is not trusted, it shows jobs and prices, and launches nothing', async () => {
    await window().openFile('task.yaml');
    await window()
      .lens(/^8x A100 · \$\d+\.\d\d\/h list on /)
      .waitFor();
    await window().lens('Launch with budget…').click();
    const refusal = window().notification('Trust this workspace first');
    await refusal.waitFor();
    await window().picture('restricted');
    await refusal.hover();
    await refusal.locator('.codicon-notifications-clear').click();
    await window().command('Workspaces: Manage Workspace Trust');
    await page().getByRole('button', { name: 'Trust', exact: true }).click();
    await window().openFile('task.yaml');
    const asked = page().locator('.quick-input-widget').getByText('What may it cost in all');
    // The extension hears of the trust a moment later than the window shows it.
    await window().insist(async () => {
      await window().lens('Launch with budget…').click({ timeout: 10_000 });
      await asked.waitFor({ timeout: 10_000 });
    });
    await page().keyboard.press('Escape');
  });

  test('what the status bar shows is said in full in its tooltip', async () => {
    await window().readout.hover();
    await window().hover.getByRole('link', { name: 'llama-finetune' }).waitFor();
    expect(await window().hover.textContent()).toContain('$32.77/h (list)');
    await window().picture('tooltip');
    await page().mouse.move(640, 300);
  });

  test('the log says which collector it is connected to', async () => {
    await window().command('Burnrate: Show Log');
    const { pid } = (await snapshot()).collector;
    await page()
      .locator('.part.panel .view-line')
      .filter({ hasText: `connected to the collector, process ${pid}` })
      .last()
      .waitFor();
    await window().command('View: Toggle Panel Visibility');
  });

  test('a job is found and asked about by the keyboard alone', async () => {
    const focused = page().locator('.pane-body .monaco-list-row.focused');
    // Each time anew: the Escape of a deed that is done again takes the focus off the row.
    const focusJob = async () => {
      await window().command('Burnrate: Focus on Jobs View');
      await page().keyboard.press('Home');
      await soon('the focus on a job', async () => {
        await page().keyboard.press('ArrowDown');
        const label = await focused.getAttribute('aria-label', { timeout: 5_000 });
        return label?.startsWith('embeddings-api');
      });
    };
    await window().insist(focusJob);
    expect(await focused.getAttribute('aria-label')).toMatch(/\$1\.21\/h \(list\).*1 GPU/);
    const { nativeId } = (await job('embeddings-api')) ?? {};
    const offered = page().locator('.monaco-menu .action-label:visible');
    await window().insist(async () => {
      await focusJob();
      await page().keyboard.press('Shift+F10');
      await offered.first().waitFor({ timeout: 10_000 });
      const titles = (await offered.allTextContents()).filter(Boolean);
      expect(titles).toEqual(['Show Panel', 'Stop a Job…', "Set a Job's Budget…", 'Copy Job ID']);
      await window().picture('menu');
      await page().keyboard.press('End');
      await page().keyboard.press('Enter');
      await until(
        'its id to be copied',
        async () => (await window().clipboard()) === nativeId,
        5_000,
      );
    });
    await window().insist(async () => {
      await focusJob();
      await page().keyboard.press('Enter');
      await window().panel.getByText('embeddings-api').first().waitFor({ timeout: 15_000 });
    });
    await page().locator('.tab.active').filter({ hasText: 'Burnrate' }).waitFor();
  });

  test('a budget is set for a job that is chosen', async () => {
    await window().insist(async () => {
      await window().command("Burnrate: Set a Job's Budget…");
      await window().choose('embeddings-api', 10_000);
      await window().input.fill('-3', { timeout: 10_000 });
      await page().getByText('Give an amount of US dollars').waitFor({ timeout: 10_000 });
      await window().input.fill('75.50', { timeout: 10_000 });
      await page().keyboard.press('Enter');
      await window().choose('Tell me at the ceiling', 10_000);
    });
    await soon('the budget', async () => (await job('embeddings-api'))?.budget);
    expect((await job('embeddings-api'))?.budget).toEqual({ ceiling: 75.5e6, action: 'notify' });
  });

  test('an API key opens its account, and is in no file', async () => {
    expect((await snapshot()).accounts.map(({ source }) => source)).not.toContain('lambda');
    await window().pick('Developer: Set Log Level...', 'Burnrate', 'Trace');
    await window().pick('Burnrate: Set an API Key…', 'Lambda Cloud');
    await window().input.fill(KEY);
    expect(await window().input.getAttribute('type')).toBe('password');
    await window().picture('api-key');
    await page().keyboard.press('Enter');
    await window().notification('Lambda Cloud: the key is kept').waitFor();
    await window().row('eval-harness').waitFor();
    const written = () =>
      [dirname(demo.paths.config), open.folder]
        .flatMap(filesIn)
        .map((file) => [file, readFileSync(file, 'latin1')] as const);
    // Messages are traced now, by their names.
    await soon('the trace', () => written().some(([, text]) => text.includes('burnrate/entrust')));
    for (const [file, text] of written()) expect(text.includes(KEY), file).toBe(false);
  });

  test('a collector that is restarted is given the key again', async () => {
    const { pid } = (await snapshot()).collector;
    await window().command('Burnrate: Restart the Collector');
    await soon('the collector to end', () => !isAlive(pid));
    const owner = await soon('another one', () => {
      const now = readOwner(demo.paths);
      return now && now.pid !== pid && now;
    });
    expect(owner.pid).not.toBe(pid);
    await soon('its key', async () =>
      (await snapshot()).accounts.some(
        ({ source, state }) => source === 'lambda' && state === 'ok',
      ),
    );
  });

  test('a key that is taken back closes its account', async () => {
    await window().pick(
      'Burnrate: Set an API Key…',
      /Lambda Cloud.*kept by VS Code/,
      'Remove the key',
    );
    await window().notification('Lambda Cloud: the key is removed').waitFor();
    await soon('the account to be gone', async () =>
      (await snapshot()).accounts.every(
        ({ source, state }) => source !== 'lambda' || state !== 'ok',
      ),
    );
  });

  test('all accounts are asked at once where a person wants that', async () => {
    const told = () =>
      filesIn(open.folder)
        .filter((file) => file.endsWith('Burnrate.log'))
        .some((file) => readFileSync(file, 'latin1').includes("'burnrate/refresh - "));
    expect(told()).toBe(false);
    await window().command('Burnrate: Refresh');
    await soon('the request', told);
  });

  test('the doctor says what each account can do', async () => {
    await window().command('Burnrate: Run Doctor');
    await page().locator('.tab.active').filter({ hasText: 'Burnrate doctor' }).waitFor();
    const report = page()
      .frameLocator('iframe.webview.ready')
      .last()
      .frameLocator('iframe#active-frame');
    await report.getByRole('heading', { name: 'Burnrate doctor' }).waitFor();
    await report.getByRole('heading', { name: /^AWS/ }).waitFor();
    await report.getByText('Looked, and found nothing').waitFor();
    await window().picture('doctor');
  });

  test('burnrate.yaml is completed, what is wrong in it is marked and mended, and what budgets have left stands there', async () => {
    setBudgets({ name: 'my day', perDay: 900 });
    await soon('the budget', async () => (await snapshot()).budgets?.[0]?.name === 'my day');
    await window().command('Burnrate: Open Configuration (burnrate.yaml)');
    await page().locator('.tab.active').filter({ hasText: 'burnrate.yaml' }).waitFor();
    await window()
      .lens(/^● \$[\d.,]+ of \$900\.00 spent today \(\d+%\) · \$[\d.]+\/h now$/)
      .waitFor();
    await page().locator('.view-line').filter({ hasText: 'perDay' }).click();
    await page().keyboard.press('End');
    await page().keyboard.type('\nact');
    const offered = page().locator('.suggest-widget.visible .monaco-list-row');
    await window().insist(async () => {
      await page().keyboard.press('ControlOrMeta+Space');
      await offered.filter({ hasText: 'action' }).first().click({ timeout: 10_000 });
    });
    await page().keyboard.type('stopp');
    await page().locator('.squiggly-error').waitFor();
    await window().picture('configuration');
    await window().fix('action:', 'Change to stop');
    await page().locator('.squiggly-error').waitFor({ state: 'detached' });
    await page()
      .locator('.view-line')
      .filter({ hasText: /action:.stop$/ })
      .waitFor();
    await window().command('File: Revert File');
    await page()
      .locator('.view-line')
      .filter({ hasText: 'action:' })
      .waitFor({ state: 'detached' });
  });

  test('what speaks against a manifest is remarked, and each remark has a quick fix', async () => {
    await window().openFile('job.yaml');
    await window().command('Problems: Focus on Problems View');
    const problem = (text: string) =>
      page().locator('.markers-panel .monaco-list-row').filter({ hasText: text });
    await problem('No time limit: a Job that hangs').waitFor();
    await problem('python:3.12-slim brings no CUDA').waitFor();
    await window().picture('problems');
    await window().fix('nodeSelector:', 'Use spot machines');
    await page().locator('.view-line').filter({ hasText: 'gke-spot: "true"' }).waitFor();
    await window().fix('spec:', 'End the Job after 24 hours');
    await problem('No time limit: a Job that hangs').waitFor({ state: 'detached' });
    await window()
      .lens(/up to \$[\d.,]+ at activeDeadlineSeconds: 86400/)
      .waitFor();
    await window().command('File: Revert File');
  });

  test('what speaks against a SkyPilot task is remarked, and each remark has a quick fix', async () => {
    await window().openFile('sweep.yaml');
    await window().command('Problems: Focus on Problems View');
    const problem = (text: string) =>
      page().locator('.markers-panel .monaco-list-row').filter({ hasText: text });
    await problem('No autostop').waitFor();
    await problem('ubuntu:24.04 brings no CUDA').waitFor();
    await window().fix('resources:', 'Stop the cluster after 10 idle minutes');
    await problem('No autostop').waitFor({ state: 'detached' });
    await window().fix('resources:', 'Use spot machines');
    await page().locator('.view-line').filter({ hasText: 'use_spot: true' }).waitFor();
    await window().command('File: Revert File');
  });

  test('a time limit that its budget does not bear is lowered by a quick fix', async () => {
    setBudgets({ name: 'cap', perJob: 20 });
    await window().openFile('train.sh');
    const over = page()
      .locator('.markers-panel .monaco-list-row')
      .filter({ hasText: 'more than the budget cap of $20.00 a job' });
    await soon('the remark', async () => {
      // The configuration is read a moment after it was written; a change asks again.
      await page().locator('.view-line').filter({ hasText: 'exec' }).click();
      await page().keyboard.press('End');
      await page().keyboard.type(' ');
      return (await over.count()) > 0;
    });
    await window().fix('--gres', /Lower the time limit to the budget: --time=/);
    await over.waitFor({ state: 'detached' });
    await window().command('File: Revert File');
    setBudgets();
  });

  test('its settings are told what they do, and take effect at once', async () => {
    const others = window().row('vision-pretrain');
    expect(await others.count()).toBe(0);
    await window().command('Preferences: Open Settings (UI)');
    await page().locator('.settings-header .monaco-editor').click();
    await page().keyboard.type('@ext:burnrate.burnrate');
    const setting = page().locator('.settings-tree-container .setting-item-contents');
    for (const name of ['Confirm Stop', 'Show Others Jobs']) {
      await setting.filter({ hasText: name }).first().waitFor();
    }
    for (const text of await setting.allTextContents()) expect(text.length).toBeGreaterThan(60);
    await window().picture('settings');
    const shown = setting.filter({ hasText: 'Show Others Jobs' }).getByRole('checkbox').first();
    await shown.click();
    await others.waitFor();
    await others.hover();
    expect(await others.getByRole('button', { name: 'Stop a Job' }).count()).toBe(0);
    await shown.click();
    await others.waitFor({ state: 'detached' });
  });

  test('the walkthrough leads from the readout to a stop, with pictures', async () => {
    await window().pick('Welcome: Open Walkthrough...', 'See what your GPU jobs cost');
    for (const step of [
      'The readout in the status bar',
      'Where your jobs run',
      'Stop what wastes',
    ]) {
      await page().locator('.getting-started-step').filter({ hasText: step }).click();
      await page().locator('.getting-started-step.expanded').filter({ hasText: step }).waitFor();
    }
    await window().picture('walkthrough');
  });

  test.each([
    ['Light Modern', 'vs'],
    ['Dark High Contrast', 'hc-black'],
    ['Light High Contrast', 'hc-light'],
    ['Dark Modern', 'vs-dark'],
  ])('in the theme %s everything can be read', async (theme, kind) => {
    await window().insist(async () => {
      await window().command('Preferences: Color Theme');
      await window().input.fill(theme, { timeout: 10_000 });
      await page().keyboard.press('Enter');
      await page().locator(`.monaco-workbench.${kind}`).waitFor({ timeout: 10_000 });
    });
    await window().openPanel();
    await window().panel.getByText('llama-finetune').first().waitFor();
    await window().panel.locator(`body.vscode-${BODY[kind]}`).waitFor();
    await window().picture(`theme-${kind}`);
    // Colours change over a moment.
    for (const text of [
      window().readout.locator('a'),
      window().row('llama-finetune').locator('.label-name'),
      window().panel.getByText('llama-finetune').first(),
    ]) {
      await soon(`${text} to be readable`, async () => (await contrastOf(text)) >= 4.5);
    }
  });

  test('an alert is put off for an hour, or for good', async () => {
    const alert = async () =>
      (await snapshot()).alerts.find(
        ({ title, state }) => title.startsWith('llama-finetune is idle') && state === 'firing',
      );
    const before = await soon('the alert', alert);
    await window().pick('Burnrate: Snooze an Alert for an Hour', 'llama-finetune is idle');
    await soon('it to be put off', async () => (await alert())?.snoozedUntil);
    expect(before.acknowledged).toBe(false);
    const chosen = page().locator('.quick-input-list .monaco-list-row').first();
    const acknowledged = async () =>
      (await snapshot()).alerts.filter((one) => one.acknowledged).length;
    const already = await acknowledged();
    await window().insist(async () => {
      await window().command('Burnrate: Acknowledge an Alert');
      // Where only one is left, nobody is asked which.
      await chosen.click({ timeout: 10_000 }).catch(() => {});
      await until('it to be acknowledged', async () => (await acknowledged()) > already, 10_000);
    });
  });

  test('a job is stopped from the palette only when that is said twice', async () => {
    await window().pick('Burnrate: Stop a Job…', 'rerank-sweep');
    await window().dialog.waitFor();
    expect(await window().dialog.textContent()).toContain('Stop rerank-sweep?');
    await window().dialog.getByRole('button', { name: 'Cancel' }).click();
    expect((await snapshot()).stops).toEqual([]);
    const row = window().row('rerank-sweep');
    await row.hover();
    await row.getByRole('button', { name: 'Stop a Job' }).click();
    await window().dialog.getByRole('button', { name: 'Stop job' }).click();
    await soon('its end', async () =>
      (await snapshot()).stops.some(
        ({ jobName, state }) => jobName === 'rerank-sweep' && state === 'confirmed',
      ),
    );
  });

  test('the demo runs in a terminal of its own', async () => {
    await window().command('Burnrate: Show the Demo in a Terminal');
    await page().locator('.part.panel').getByText('Burnrate demo').first().waitFor();
    // That of this window: its path is the installed extension's.
    const runs = () =>
      execFileSync('ps', ['-eo', 'args'])
        .toString()
        .split('\n')
        .some((line) => line.includes(open.folder) && line.endsWith('burnrate.mjs demo'));
    await soon('the demo', runs);
    await window().picture('demo-terminal');
    await window().command('Terminal: Kill All Terminals');
    await soon('its end', () => !runs());
  });
});

/** The class of a webview's body, by that of the workbench. */
const BODY: Record<string, string> = {
  vs: 'light',
  'vs-dark': 'dark',
  'hc-black': 'high-contrast',
  'hc-light': 'high-contrast-light',
};

/** Between a text and what is behind it: 1 to 21, by WCAG 2.2. */
function contrastOf(text: Locator): Promise<number> {
  return text.evaluate((element) => {
    // A canvas knows every way to write a colour, and mixtures have one of their own.
    const brush = new OffscreenCanvas(1, 1).getContext('2d');
    const parse = (colour: string): number[] => {
      if (!brush) return [];
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = brush.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = ([r = 0, g = 0, b = 0, a = 1]: number[], below: number[]) =>
      [r, g, b].map((value, channel) => value * a + (below[channel] ?? 0) * (1 - a));
    const behind = (of: Element | null): number[] => {
      if (!of) return [255, 255, 255];
      const colour = parse(getComputedStyle(of).backgroundColor);
      return colour[3] === 1 ? colour : over(colour, behind(of.parentElement));
    };
    const luminance = (colour: number[]) =>
      [0.2126, 0.7152, 0.0722].reduce((sum, weight, channel) => {
        const value = (colour[channel] ?? 0) / 255;
        return sum + weight * (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
      }, 0);
    const ground = behind(element);
    const [a, b] = [
      luminance(over(parse(getComputedStyle(element).color), ground)),
      luminance(ground),
    ];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

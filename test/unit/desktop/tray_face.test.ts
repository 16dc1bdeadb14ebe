import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deed } from '@burnrate/desktop/deed.ts';
import type { MenuItem } from '@burnrate/desktop/menu.ts';
import type { Notice } from '@burnrate/desktop/notification.ts';
import type { Box } from '@burnrate/desktop/stop_job.ts';
import { type Shell, TrayFace } from '@burnrate/desktop/tray_face.ts';
import type { TrayIcon } from '@burnrate/desktop/tray_icon.ts';
import { expect, test } from 'vitest';
import { exitOf, Home, kill, snapshotWhere, until } from '../collector/live.ts';

/** A desktop that keeps what it is told to show, and answers questions as the test says. */
class Desktop implements Shell {
  readonly icons: TrayIcon[] = [];
  readonly menus: (readonly MenuItem[])[] = [];
  readonly boxes: Box[] = [];
  readonly notices: Notice[] = [];
  readonly shown: (string | undefined)[] = [];
  title = '';
  toolTip = '';
  answer = 0;
  atLogin = false;
  setIcon = (icon: TrayIcon) => this.icons.push(icon);
  setTitle = (title: string) => {
    this.title = title;
  };
  setToolTip = (text: string) => {
    this.toolTip = text;
  };
  setMenu = (items: readonly MenuItem[]) => this.menus.push(items);
  ask = async (box: Box) => {
    this.boxes.push(box);
    return this.answer;
  };
  notify: Shell['notify'] = (notice: Notice) => this.notices.push(notice);
  showWindow = (jobId?: string) => this.shown.push(jobId);
  openInBrowser = async () => {
    throw new Error('no browser here');
  };
  startsAtLogin = () => this.atLogin;
  setStartsAtLogin = (on: boolean) => {
    this.atLogin = on;
  };
  updates = undefined;
  quit = () => {};

  /** The menu as text, a line each. */
  get menu(): string {
    const text = (items: readonly MenuItem[], indent: string): string[] =>
      items.flatMap((item) =>
        item === 'separator'
          ? []
          : [`${indent}${item.label}`, ...text(item.submenu ?? [], `${indent}  `)],
      );
    return text(this.menus.at(-1) ?? [], '').join('\n');
  }
}

/** Idle at once, and also for a job that never did anything. */
const RULES = { idle: { forSeconds: 1, startupMinutes: 0.01 } };

async function scene(home: Home, figuresMs?: number, desktop = new Desktop()) {
  const folder = home.folder('lab');
  home.configure({
    sources: { processes: { folders: [folder], pricePerHour: 32 } },
    alerts: RULES,
  });
  const job = home.job(folder, { name: 'train llama' });
  const link = await home.connect({ hello: { face: 'tray', version: '0.1.0', notifies: true } });
  const face = new TrayFace({
    link,
    shell: desktop,
    ...(figuresMs !== undefined && { figuresMs }),
  });
  await until('the job in the menu', () => desktop.menu.includes('train llama'));
  return { folder, job, link, desktop, face };
}

test('it shows the rate, the job and a filled flame, and redraws only what has changed', async () => {
  await using home = new Home();
  const { desktop, face, link } = await scene(home);
  expect(desktop.icons[0]).toEqual({ state: 'offline', level: 0 });
  await until('the rate', () => desktop.title.endsWith('$32.00/h'));
  expect(desktop.icons.at(-1)).toEqual({ state: 'calm', level: 3 });
  expect(desktop.toolTip.split('\n')[0]).toBe('Burnrate');
  const icons = desktop.icons.length;
  const { id } = await link.request('snapshot', {});
  await snapshotWhere(link, 'something newer', (one) => one.id > id);
  expect(desktop.icons).toHaveLength(icons);
  face.close();
});

test('the menu is left alone while only its figures grow, and follows at once what it offers', async () => {
  await using home = new Home();
  const { desktop, face, folder } = await scene(home, 3_600_000);
  const menus = desktop.menus.length;
  const toolTips = new Set([desktop.toolTip]);
  await until('a day that grows', () => toolTips.add(desktop.toolTip).size > 2);
  expect(desktop.menus).toHaveLength(menus);
  home.job(folder, { name: 'evaluate' });
  await until('the other job', () => desktop.menu.includes('evaluate'));
  face.close();
});

test('the menu gets its figures anew after a while', async () => {
  await using home = new Home();
  const { desktop, face } = await scene(home, 50);
  const seen = new Set<string>();
  await until('three menus', () => seen.add(desktop.menu).size > 2);
  face.close();
});

test('a stop asks first, says what is lost, and ends the real process', async () => {
  await using home = new Home();
  const { desktop, face, job } = await scene(home);
  const stop: Deed = { type: 'stop', jobId: job.id };
  await face.do(stop);
  expect(desktop.boxes[0]?.message).toBe('Stop train llama?');
  expect(desktop.boxes[0]?.detail).toContain('what the process has not saved');
  expect(job.child.exitCode).toBeNull();
  expect(job.child.signalCode).toBeNull();
  desktop.answer = 1;
  await face.do(stop);
  await exitOf(job.child);
  expect(job.child.signalCode).toBe('SIGTERM');
  await until('the job to leave the menu', () => !/^train llama/m.test(desktop.menu));
  face.close();
});

test('a stop that fails is told once, and stays in the menu until it is dismissed', async () => {
  await using home = new Home();
  const { desktop, face, folder, job, link } = await scene(home);
  writeFileSync(join(folder, 'deny-stop'), '');
  const answers = [1, 0];
  desktop.ask = async (box) => {
    desktop.boxes.push(box);
    return answers.shift() ?? 0;
  };
  await face.do({ type: 'stop', jobId: job.id });
  await until('the failure', () => desktop.boxes.length > 1);
  expect(desktop.boxes[1]?.message).toBe('Stopping train llama failed');
  expect(desktop.boxes[1]?.detail).toContain('the file deny-stop is there');
  await until('it in the menu', () => desktop.menu.includes('Stopping train llama failed'));
  expect(desktop.icons.at(-1)?.state).toBe('critical');
  const { stops } = await link.request('snapshot', {});
  await face.do({ type: 'dismissStop', stopId: stops[0]?.id ?? '' });
  await until('it to go', () => !desktop.menu.includes('failed'));
  expect(desktop.boxes).toHaveLength(2);
  face.close();
});

test('an idle job is announced once, with what to do about it', async () => {
  await using home = new Home();
  const { desktop, face, folder, job } = await scene(home);
  writeFileSync(join(folder, 'busy'), '0');
  const notice = await until('a notification', () => desktop.notices[0]);
  expect(notice.title).toContain('train llama');
  expect(notice.click).toEqual({ type: 'show', jobId: job.id });
  expect(notice.buttons.map(({ does }) => does.type)).toEqual(['stop', 'snooze']);
  await until('a warning in the tray', () => desktop.icons.at(-1)?.state !== 'calm');
  const snooze = notice.buttons[1]?.does;
  if (snooze) await face.do(snooze);
  await until('a calm tray', () => desktop.icons.at(-1)?.state === 'calm');
  expect(desktop.notices).toHaveLength(1);
  face.close();
});

test('where the desktop shows no notifications, an alert is left to others', async () => {
  await using home = new Home();
  const silent = new Desktop();
  silent.notify = undefined;
  const { face, folder, link } = await scene(home, undefined, silent);
  writeFileSync(join(folder, 'busy'), '0');
  await until('a warning in the tray', () => silent.icons.at(-1)?.state === 'warning');
  const { alerts } = await link.request('snapshot', {});
  // Nobody has it, or by now the collector itself.
  expect(alerts[0]?.claimedBy ?? 'collector').toBe('collector');
  face.close();
});

test('when the collector dies it says so, and comes back by itself', async () => {
  await using home = new Home();
  const { desktop, face } = await scene(home);
  kill(await home.collectorPid(), 'SIGKILL');
  await until('offline', () => desktop.icons.at(-1)?.state === 'offline');
  expect(desktop.title).toBe('');
  await until('calm again', () => desktop.icons.at(-1)?.state === 'calm');
  expect(existsSync(home.paths.socket)).toBe(true);
  face.close();
});

test('what a click could not do is said to who clicked; start at login shows what is so', async () => {
  await using home = new Home();
  const { desktop, face } = await scene(home);
  await face.do({ type: 'openInBrowser' });
  expect(desktop.boxes[0]?.detail).toBe('no browser here');
  const before = desktop.menus.length;
  await face.do({ type: 'startAtLogin', on: true });
  expect(desktop.menus.length).toBeGreaterThan(before);
  expect(JSON.stringify(desktop.menus.at(-1))).toContain('"checked":true');
  face.close();
});

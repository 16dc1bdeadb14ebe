import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MINUTE } from '@burnrate/shared/model/time.ts';
import type { CollectorConnection } from '@burnrate/shared/protocol/client.ts';
import { expect, onTestFinished, test } from 'vitest';
import { clockAt, Home, kill, snapshotWhere, until } from '../collector/live.ts';
import { startService } from '../sources/service.ts';

const CANARY = 'c4n4ry';

async function restart(link: CollectorConnection): Promise<void> {
  const { pid } = link.welcome;
  kill(pid, 'SIGKILL');
  await until('a new collector', () => link.connected && link.welcome.pid !== pid);
}

/** The files below a folder in which the text stands. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && readFileSync(path).includes(text));
}

test('an idle job is told to a webhook once, though the collector is killed again and again, and no secret stays', async () => {
  let refuses = true;
  const service = await startService(() => ({ status: refuses ? 500 : 200, body: '' }));
  onTestFinished(() => service.close());
  await using home = new Home({
    ...clockAt(20),
    TEAM_URL: `${service.url}/hook/${CANARY}?key=${CANARY}`,
    TEAM_TOKEN: `Bearer ${CANARY}`,
    SLACK_URL: `http://127.0.0.1:1/${CANARY}`,
  });
  const folder = home.folder('a');
  home.configure({
    sources: { processes: { folders: [folder] } },
    cadence: { accountsSeconds: 15, telemetrySeconds: 5 },
    alerts: { idle: { forSeconds: 1 } },
    notify: [
      { name: 'team', urlVariable: 'TEAM_URL', headers: { Authorization: 'TEAM_TOKEN' } },
      { name: 'slack', kind: 'slack', urlVariable: 'SLACK_URL' },
      { name: 'unset', kind: 'slack', urlVariable: 'BURNRATE_TEST_UNSET' },
    ],
  });
  writeFileSync(join(folder, 'busy'), '0.92');
  const { id } = home.job(folder, { name: 'train <!channel>' });
  const link = await home.connect();
  const busy = await snapshotWhere(link, 'a busy job', ({ jobs }) => jobs[0]?.activity === 0.92);
  await snapshotWhere(link, 'a minute of work', ({ at }) => at > busy.at + MINUTE);
  writeFileSync(join(folder, 'busy'), '0.18');

  await until('a first try', () => service.asked.length > 0);
  const refused = await snapshotWhere(link, 'the notices', ({ notices }) => notices.length === 3);
  expect(refused.notices.map(({ message }) => message).toSorted()).toEqual([
    'notify slack: the address cannot be reached: connection refused; it is tried again',
    'notify team: the address answered 500; it is tried again',
    'notify unset: BURNRATE_TEST_UNSET is not set; set it where Burnrate is started, and start that anew',
  ]);
  await restart(link);
  refuses = false;
  const refusals = service.asked.length;
  const told = await snapshotWhere(link, 'its record', ({ alerts }) =>
    alerts.some(({ delivered }) => delivered?.team === 'firing'),
  );
  // On a busy machine the account may be told to be silent meanwhile: that is no matter here.
  const taken = () =>
    service.asked
      .slice(refusals)
      .map(({ body }) => body as { event: string; alerts: { rule: string }[] })
      .filter(({ alerts }) => alerts.some(({ rule }) => rule === 'idle'));
  expect(taken()).toMatchObject([{ event: 'firing', alerts: [{ rule: 'idle', subject: id }] }]);
  expect(service.asked.every(({ authorization }) => authorization === `Bearer ${CANARY}`)).toBe(
    true,
  );

  await restart(link);
  await snapshotWhere(link, 'two more minutes', ({ at }) => at > told.at + 2 * MINUTE);
  expect(taken()).toHaveLength(1);

  writeFileSync(join(folder, 'busy'), '0.92');
  const { at } = await snapshotWhere(link, 'the record of the end', ({ alerts }) =>
    alerts.some(({ delivered }) => delivered?.team === 'resolved'),
  );
  await restart(link);
  await snapshotWhere(link, 'another minute', (snapshot) => snapshot.at > at + MINUTE);
  expect(taken().map(({ event }) => event)).toEqual(['firing', 'resolved']);

  expect(filesWith(home.path, 'TEAM_URL')).toEqual([home.paths.config]);
  expect(filesWith(home.path, CANARY)).toEqual([]);
  expect(JSON.stringify(await link.request('snapshot', {}))).not.toContain(CANARY);
  expect(JSON.stringify(await link.request('doctor', {}))).not.toContain(CANARY);
}, 60_000);

import type { Handlers } from '@burnrate/shared/collector/handlers.ts';
import { type Hello, type RequestName, requests } from '@burnrate/shared/protocol/protocol.ts';
import { Access, seenBy } from '@burnrate/shared/serve/access.ts';
import type { Role, Token } from '@burnrate/shared/serve/tokens.ts';
import { expect, test } from 'vitest';
import { job, snapshot } from '../cli/scene.ts';

const NAMES = Object.keys(requests) as RequestName[];
const face: Hello = { protocol: 1, face: 'cli', version: '0.1.0', notifies: true };
const token = (role: Role): Token => ({ name: 'ada', role, digest: Buffer.alloc(32) });

/** Every request, answered by its name, and what reached whoever answers. */
function stage(role: Role, current = () => true) {
  const asked: { name: string; face: unknown }[] = [];
  const log: string[] = [];
  const clock = { now: 0 };
  const handlers = Object.fromEntries(
    NAMES.map((name) => [
      name,
      (_: unknown, by: unknown) => {
        asked.push({ name, face: by });
        return name === 'snapshot' ? snapshot({ jobs: [job('train')] }) : name;
      },
    ]),
  ) as unknown as Handlers;
  const access = new Access(
    handlers,
    (message) => log.push(message),
    () => clock.now,
  );
  const mine = access.handlersFor(token(role), current);
  const ask = (name: RequestName, params: unknown = {}) =>
    (mine[name] as (params: unknown, face: Hello) => Promise<unknown>)(params, face);
  return { asked, log, clock, ask };
}

const STOPPING = [
  'planStop',
  'stop',
  'dismissStop',
  'snoozeAlert',
  'acknowledgeAlert',
  'setBudget',
  'doctor',
] as const;

test('a viewer asks for nothing that changes anything', async () => {
  const { ask, asked } = stage('view');
  for (const name of STOPPING) await expect(ask(name)).rejects.toThrow(/may look, and no more/);
  expect(asked).toEqual([]);
});

test('a viewer is told all that a page shows, what others cost too', async () => {
  const { ask, asked } = stage('view');
  const shown = [
    'snapshot',
    'history',
    'costs',
    'unitCosts',
    'waste',
    'teamCosts',
    'billDays',
  ] as const;
  for (const name of shown) await ask(name);
  expect(asked.map(({ name }) => name)).toEqual(shown);
});

test('what is not named as allowed is for this machine alone, whoever asks', async () => {
  const { ask, asked } = stage('stop');
  const here = ['retire', 'claimAlerts', 'entrustKeys', 'apiKeys', 'compareInvoices'] as const;
  for (const name of here) await expect(ask(name)).rejects.toThrow(/only on the machine/);
  expect(asked).toEqual([]);
  // A request that is added later belongs to one of the lists, or to these.
  const refused: string[] = [];
  for (const name of NAMES) await ask(name).catch(() => refused.push(name));
  for (const name of here) expect(refused).toContain(name);
  for (const name of STOPPING) expect(refused).not.toContain(name);
});

test('who has it done is told to whoever does it, and to the log', async () => {
  const { ask, asked, log } = stage('stop');
  await ask('stop', { jobId: 'aws:demo:i-1', action: 'x' });
  expect(asked).toEqual([{ name: 'stop', face: { ...face, token: 'ada', notifies: false } }]);
  expect(log).toEqual(['token ada (cli) asked for stop aws:demo:i-1']);
});

test('a token that was taken away ends what is under way with it', async () => {
  let holds = true;
  const { ask } = stage('stop', () => holds);
  await ask('snapshot');
  holds = false;
  await expect(ask('snapshot')).rejects.toThrow(/no longer holds/);
});

test('accounts are asked anew twice a minute at most, however many look', async () => {
  const { ask, asked, clock } = stage('view');
  for (let times = 0; times < 50; times += 1) await ask('refresh');
  expect(asked).toHaveLength(1);
  clock.now += 30_000;
  await ask('refresh');
  expect(asked).toHaveLength(2);
});

test('a viewer is offered no stop, and an operator what there is', () => {
  const shown = snapshot({ jobs: [job('train', { stoppable: true })] });
  expect(seenBy(token('stop'), shown)).toBe(shown);
  const [theirs] = seenBy(token('view'), shown).jobs;
  expect(theirs).toMatchObject({ stoppable: false });
  expect(theirs?.unstoppableBecause).toContain('look');
  expect(shown.jobs[0]?.stoppable).toBe(true);
});

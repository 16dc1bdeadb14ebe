import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { acceleratedClock, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../collector/live.ts';
import { type Handler, type Reply, startService } from '../sources/service.ts';
import { alertAt, channel, setting } from './given.ts';

const OK: Reply = { body: 'ok' };
/** Past the time in which an alert waits for others. */
const EARLIER = MINUTE;

async function receiver(handler: Handler) {
  const service = await startService(handler);
  onTestFinished(() => service.close());
  return service;
}

/** Answers each of these once, and then the last one for ever. */
function inTurn(...replies: Reply[]): Handler {
  let turn = 0;
  return () => replies[Math.min(turn++, replies.length - 1)] ?? OK;
}

test('an alert is sent once, and its end, with the headers that variables hold', async () => {
  const service = await receiver(() => OK);
  const alert = alertAt(Date.now() - EARLIER);
  const env = { TEAM_URL: service.url, TOKEN: 'Bearer canary' };
  await using given = setting([alert], env);
  given.outbox.configure([channel({ headers: { Authorization: 'TOKEN' } })]);
  await until('its record', () => given.log.all()[0]?.delivered);
  for (let round = 0; round < 5; round += 1) given.outbox.review();
  expect(service.asked).toMatchObject([{ authorization: 'Bearer canary' }]);

  given.store.saveAlerts([
    {
      ...alert,
      state: 'resolved',
      resolvedAt: Date.now() - EARLIER,
      delivered: { team: 'firing' },
    },
  ]);
  given.log.restore(Date.now());
  given.outbox.review();
  await until('the end', () => given.store.alerts(0)[0]?.delivered?.team === 'resolved');
  given.outbox.review();
  expect(service.asked.map(({ body }) => (body as { event: string }).event)).toEqual([
    'firing',
    'resolved',
  ]);
});

test('a service that fails is asked again, and what was wrong is said until it is not', async () => {
  let broken = true;
  const service = await receiver(() => (broken ? { status: 500, body: '' } : OK));
  await using given = setting([alertAt(Date.now() - EARLIER)], { TEAM_URL: service.url });
  given.outbox.configure([channel({})]);
  await until('a second try', () => service.asked.length > 1);
  expect(given.notices()).toEqual(['notify team: the address answered 500; it is tried again']);
  broken = false;
  await until('its record', () => given.log.all()[0]?.delivered);
  await until('no notice', () => given.notices().length === 0);
});

test('every try of one message carries one key, by which a receiver can tell it', async () => {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers['idempotency-key']);
    response.writeHead(keys.length === 1 ? 500 : 200).end();
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using given = setting([alertAt(Date.now() - EARLIER)], { TEAM_URL: url });
  given.outbox.configure([channel({})]);
  await until('its record', () => given.log.all()[0]?.delivered);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).toBe(keys[0]);
});

test('a service that asks for time is given it', async () => {
  const times: number[] = [];
  const answer = inTurn({ status: 429, headers: { 'Retry-After': '2' }, body: '' }, OK);
  const service = await receiver((ask) => {
    times.push(performance.now());
    return answer(ask);
  });
  await using given = setting([alertAt(Date.now() - EARLIER)], { TEAM_URL: service.url });
  given.outbox.configure([channel({})]);
  await until('its record', () => given.log.all()[0]?.delivered);
  expect(times).toHaveLength(2);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1_950);
});

test('a service that never answers is given up on in time, and holds up no other', async () => {
  const deaf = await receiver(() => 'hang');
  const good = await receiver(() => OK);
  const env = { TEAM_URL: deaf.url, GOOD: good.url };
  await using given = setting([alertAt(Date.now() - EARLIER)], env);
  const before = performance.now();
  given.outbox.configure([channel({}), channel({ name: 'good', urlVariable: 'GOOD' })]);
  await until('the other', () => given.log.all()[0]?.delivered?.good);
  expect(given.log.all()[0]?.delivered).toEqual({ good: 'firing' });
  await until('the notice', () => given.notices()[0]);
  expect(performance.now() - before).toBeGreaterThan(9_900);
  expect(given.notices()).toEqual([
    'notify team: the address cannot be reached: no answer in time; it is tried again',
  ]);
});

test('an address that refuses is named by its variable, and never by itself', async () => {
  const service = await receiver(() => ({ status: 404, body: 'no_service' }));
  const env = { TEAM_URL: `${service.url}/canary` };
  await using given = setting([alertAt(Date.now() - EARLIER)], env);
  given.outbox.configure([channel({ kind: 'slack' })]);
  await until('the notice', () => given.notices()[0]);
  expect(given.notices()).toEqual(['notify team: the address answered 404; check TEAM_URL']);
  expect(given.warnings).toEqual(given.notices());
  expect(service.asked).toHaveLength(1);
});

test.each([
  ['a redirect', { status: 302, headers: { Location: 'http://127.0.0.1:1/' }, body: '' }, '302'],
  ['a cut connection', 'cut' as const, ''],
])('%s is heard of', async (_what, reply, said) => {
  const service = await receiver(() => reply);
  await using given = setting([alertAt(Date.now() - EARLIER)], { TEAM_URL: service.url });
  given.outbox.configure([channel({})]);
  // The cut one has said 200 before: that is all that counts.
  if (said === '') await until('its record', () => given.log.all()[0]?.delivered);
  else expect(await until('the notice', () => given.notices()[0])).toContain(said);
});

test.each([
  ['nothing set', {}, 'TEAM_URL is not set'],
  ['nonsense', { TEAM_URL: 'canary' }, 'what TEAM_URL holds is no address of this kind'],
  ['nobody there', { TEAM_URL: 'http://127.0.0.1:1/canary' }, 'connection refused'],
  ['no such host', { TEAM_URL: 'http://canary.invalid/' }, 'the address cannot be reached'],
  ['a header that cannot be', { TEAM_URL: 'http://127.0.0.1:1/', T: 'canary\nx' }, 'cannot be'],
])('%s: said without the secret', async (_what, env, said) => {
  await using given = setting([alertAt(Date.now() - EARLIER)], env);
  const headers: Record<string, string> = 'T' in env ? { Authorization: 'T' } : {};
  given.outbox.configure([channel({ headers })]);
  const notice = await until('the notice', () => given.notices()[0]);
  expect(notice).toContain(said);
  expect(notice + given.warnings.join()).not.toContain('canary');
});

test('a storm of a thousand is one message, within a minute', async () => {
  const service = await receiver(() => OK);
  const now = Date.now();
  const clock = acceleratedClock(now, now, 5);
  const alerts = Array.from({ length: 1000 }, (_, index) =>
    alertAt(now + index * 15, { subject: `node:${index}`, severity: 'critical' }),
  );
  await using given = setting(alerts, { TEAM_URL: service.url }, clock);
  given.outbox.configure([channel({})]);
  await until('the record', () => given.log.all().every(({ delivered }) => delivered));
  given.outbox.review();
  expect(service.asked).toHaveLength(1);
  const body = service.asked[0]?.body as { at: string; alerts: unknown[] };
  expect(body).toMatchObject({ digest: true, count: 1000, dollarsPerHour: 32_000 });
  expect(body.alerts).toHaveLength(50);
  expect(Date.parse(body.at) - now).toBeLessThan(MINUTE);
  expect(given.store.alerts(0).every(({ delivered }) => delivered?.team === 'firing')).toBe(true);
});

test('what piles up while a service is away becomes one digest, without what is over', async () => {
  let away = true;
  const service = await receiver(() => (away ? { status: 503, body: '' } : OK));
  const first = alertAt(Date.now() - EARLIER, { subject: 'first' });
  await using given = setting([first], { TEAM_URL: service.url });
  given.outbox.configure([channel({})]);
  await until('a failure', () => given.notices()[0]);
  const more = Array.from({ length: 8 }, (_, index) =>
    alertAt(Date.now() - EARLIER, { subject: `job:${index}` }),
  );
  given.store.saveAlerts([{ ...first, state: 'resolved', resolvedAt: Date.now() }, ...more]);
  given.log.restore(Date.now());
  away = false;
  const asked = service.asked.length;
  await until('the record', () => given.log.all().some(({ delivered }) => delivered));
  expect(service.asked.slice(asked)).toMatchObject([{ body: { digest: true, count: 8 } }]);
});

test('a channel that is added hears of what still fires, and one that is taken away of nothing', async () => {
  const [one, two] = [await receiver(() => OK), await receiver(() => OK)];
  const env = { TEAM_URL: one.url, TWO: two.url };
  await using given = setting([alertAt(Date.now() - EARLIER)], env);
  given.outbox.configure([channel({})]);
  await until('the first', () => given.log.all()[0]?.delivered?.team);
  given.outbox.configure([channel({ name: 'two', urlVariable: 'TWO' })]);
  await until('the second', () => given.log.all()[0]?.delivered?.two);
  expect([one.asked.length, two.asked.length]).toEqual([1, 1]);
});

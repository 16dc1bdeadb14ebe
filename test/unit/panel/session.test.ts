import { NOTHING } from '@burnrate/shared/model/rate.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { Session } from '@burnrate/shared/panel/session.ts';
import type { Bridge, HostToPage, PageToHost } from '@burnrate/shared/protocol/page.ts';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => vi.useRealTimers());

/** The host's end of a bridge: what the page has said, and a way to answer. */
function openBridge() {
  const posted: PageToHost[] = [];
  let hear: (message: HostToPage) => void = () => {};
  const bridge: Bridge = {
    post: (message) => posted.push(message),
    onMessage: (listener) => {
      hear = listener;
    },
  };
  return { bridge, posted, send: (message: HostToPage) => hear(message) };
}

const snapshotAt = (at: number, speed = 1): Snapshot => ({
  id: 1,
  at,
  mode: 'live',
  speed,
  collector: { pid: 1, version: '0.1.0', startedAt: at },
  rate: NOTHING,
  today: NOTHING,
  wastedToday: 0,
  savedToday: 0,
  jobs: [],
  nodes: [],
  accounts: [],
  alerts: [],
  stops: [],
  notices: [],
});

test('the page says that it is ready once it listens', () => {
  const { bridge, posted } = openBridge();
  const heard: string[] = [];
  new Session({
    post: (message) => heard.push(`post ${message.type}`),
    onMessage: (listener) => {
      heard.push('listen');
      bridge.onMessage(listener);
    },
  });
  expect(heard).toEqual(['listen', 'post ready']);
  expect(posted).toEqual([]);
});

test('answers find their questions, whatever order they come in', async () => {
  const { bridge, posted, send } = openBridge();
  const session = new Session(bridge);
  const first = session.request('dismissStop', { id: 'one' });
  const second = session.request('planStop', { jobId: 'x' });
  const [a, b] = posted.filter((message) => message.type === 'request');
  send({ type: 'error', id: b?.id ?? -1, message: 'This job belongs to bob.' });
  send({ type: 'result', id: a?.id ?? -1, result: {} });
  send({ type: 'result', id: 999, result: 'nobody asked' });
  await expect(first).resolves.toEqual({});
  await expect(second).rejects.toThrow('This job belongs to bob.');
});

test('a host that never answers is given up', async () => {
  vi.useFakeTimers();
  const { bridge } = openBridge();
  const answer = new Session(bridge).request('refresh', {});
  const failure = expect(answer).rejects.toThrow('did not answer in time');
  await vi.advanceTimersByTimeAsync(120_000);
  await failure;
});

test('the last snapshot stays when the connection goes, and does not stand for one', () => {
  const { bridge, send } = openBridge();
  const session = new Session(bridge);
  const seen: (boolean | undefined)[] = [];
  session.onChange(() => seen.push(session.state.connected));
  send({ type: 'connected', connected: true });
  send({ type: 'snapshot', snapshot: snapshotAt(Date.now()) });
  send({ type: 'connected', connected: false, reason: 'it ended' });
  expect(session.state).toMatchObject({
    connected: false,
    reason: 'it ended',
    snapshot: { id: 1 },
  });
  // The last snapshot, sent again to a page that has just opened.
  send({ type: 'snapshot', snapshot: snapshotAt(Date.now()) });
  expect(session.state.connected).toBe(false);
  send({ type: 'connected', connected: true });
  expect(session.state).not.toHaveProperty('reason');
  expect(seen).toEqual([true, true, false, false, true]);
});

test('a snapshot is as old as it says, but in the demo, whose time is its own', () => {
  const { bridge, send } = openBridge();
  const session = new Session(bridge);
  const minuteAgo = Date.now() - 60_000;
  send({ type: 'snapshot', snapshot: snapshotAt(minuteAgo) });
  expect(session.state.receivedAt).toBe(minuteAgo);
  send({ type: 'snapshot', snapshot: snapshotAt(minuteAgo, 30) });
  expect(session.state.receivedAt).toBeGreaterThan(minuteAgo);
});

test('a wish to see a job is told apart from the same wish again', () => {
  const { bridge, send } = openBridge();
  const session = new Session(bridge);
  send({ type: 'show', jobId: 'a' });
  send({ type: 'show', jobId: 'a' });
  expect(session.state.wanted).toEqual({ jobId: 'a', nth: 2 });
});

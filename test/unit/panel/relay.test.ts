import { relayPage } from '@burnrate/shared/panel/host/relay.ts';
import type { HostToPage } from '@burnrate/shared/protocol/page.ts';
import { expect, test, vi } from 'vitest';
import { openLink } from './link.ts';

function open(options: { connected?: boolean } = {}) {
  const source = openLink(options);
  const sent: HostToPage[] = [];
  const relay = relayPage(source.link, (message) => sent.push(message));
  return { ...source, sent, relay };
}

test('a page hears nothing before it is ready', () => {
  const { sent, connect, listening } = open();
  connect(false);
  expect(sent).toEqual([]);
  expect(listening()).toBe(0);
});

test('a page that opens while there is no connection is told so at once, and when there is one', () => {
  const { relay, sent, connect } = open({ connected: false });
  relay.receive({ type: 'ready' });
  expect(sent).toEqual([{ type: 'connected', connected: false }]);
  connect(true);
  expect(sent.slice(1)).toEqual([{ type: 'connected', connected: true }]);
});

test('a page that is connected is never told otherwise', () => {
  const { relay, sent } = open();
  relay.receive({ type: 'ready' });
  expect(sent).toEqual([{ type: 'connected', connected: true }]);
});

test('a page that loads again does not listen twice, and one that is closed not at all', () => {
  const { relay, sent, connect, listening } = open();
  relay.receive({ type: 'ready' });
  relay.receive({ type: 'ready' });
  sent.length = 0;
  connect(false);
  expect(sent).toEqual([{ type: 'connected', connected: false }]);
  relay.close();
  connect(true);
  expect(sent).toHaveLength(1);
  expect(listening()).toBe(0);
});

test('answers go back to the page; what is no message of a page is left unanswered', async () => {
  const { relay, sent } = open();
  for (const nonsense of [null, 7, 'ready', {}, { type: 'request' }, { type: 'x', id: 1 }]) {
    relay.receive(nonsense);
  }
  relay.receive({ type: 'request', id: 1, name: 'retire', params: { reason: 'because' } });
  relay.receive({ type: 'request', id: 2, name: 'refresh', params: {} });
  await vi.waitFor(() => expect(sent).toHaveLength(2));
  expect(sent).toContainEqual({ type: 'result', id: 2, result: {} });
  expect(sent).toContainEqual(expect.objectContaining({ type: 'error', id: 1 }));
});

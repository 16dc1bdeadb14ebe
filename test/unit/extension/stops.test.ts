import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import type { Stop } from '@burnrate/shared/model/stop.ts';
import { expect, test } from 'vitest';
import { followStop } from '../../../extension/follow_stop.ts';
import {
  confirmedSentence,
  failedSentence,
  needsConfirmation,
  offerSentence,
  planSentence,
  questionOf,
} from '../../../extension/plan_words.ts';
import { jobOf, planOf, snapshotOf, stopOf } from './snapshots.ts';

const undoable = planOf({ reversible: true });

test('by default a stop is asked about unless it can be undone and all it loses was said', () => {
  const asks = (plan = undoable, said?: string) => needsConfirmation(plan, 'irreversible', said);
  expect(asks(undoable, planSentence(undoable))).toBe(false);
  expect(asks(undoable)).toBe(true);
  expect(asks(undoable, 'something else')).toBe(true);
  expect(asks({ ...undoable, loses: ['another disk'] }, planSentence(undoable))).toBe(true);
  expect(asks(planOf(), planSentence(planOf()))).toBe(true);
  const long = { ...undoable, loses: ['x'.repeat(1000)] };
  expect(asks(long, planSentence(long))).toBe(true);
});

test('the settings may ask before every stop, or before none', () => {
  expect(needsConfirmation(undoable, 'always', planSentence(undoable))).toBe(true);
  expect(needsConfirmation(planOf(), 'never')).toBe(false);
});

test('the question says what is done, what is lost, what stays, and what it saves', () => {
  const { title, detail } = questionOf(planOf(), jobOf());
  expect(title).toBe('Stop train-70b?');
  for (const part of [
    'Cancel job 42 (Slurm cluster lab)',
    'whatever it has not saved',
    'files that the job has written',
    '$32.77 (list) per hour',
    'scancel 42',
  ]) {
    expect(detail).toContain(part);
  }
});

test('a plan that loses nothing says so, in the question by leaving the list out', () => {
  const plan = planOf({ loses: [], keeps: [] });
  expect(planSentence(plan)).toContain('nothing is lost');
  expect(questionOf(plan, undefined).detail).not.toMatch(/Lost|Stays/);
});

test('a notification says what is lost where its button does it at once', () => {
  expect(offerSentence(planOf(), 'never')).toContain('lost for good: whatever it has not saved');
  expect(offerSentence(undoable, 'irreversible')).toBe(planSentence(undoable));
  expect(offerSentence(planOf(), 'irreversible')).toMatch(/you are asked first\.$/);
});

test('a hostile name makes no link in a notification', () => {
  const jobName = '[x](command:evil)';
  for (const sentence of [
    confirmedSentence(stopOf({ jobName })),
    failedSentence(stopOf({ jobName, error: '[x](command:evil)' })),
    planSentence(planOf({ action: '[x](command:evil)' })),
  ]) {
    expect(sentence).not.toContain('](');
  }
});

test('a failed stop says why and what to do', () => {
  const sentence = failedSentence(stopOf({ error: 'access denied', remedy: 'Ask the admin.' }));
  expect(sentence).toBe('Stopping train-70b failed: access denied Ask the admin.');
});

/** A link that pushes the snapshots it is told to. */
function pushing() {
  const listeners = new Set<(snapshot: Snapshot) => void>();
  return {
    push: (...stops: Stop[]) => {
      for (const listener of listeners) listener(snapshotOf({ stops }));
    },
    listeners,
    link: {
      request: () => Promise.reject(new Error('not asked for')),
      onSnapshot: (listener: (snapshot: Snapshot) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      onConnected: () => () => {},
    },
  };
}

test('a stop is followed through each step until it is confirmed, and no further', async () => {
  const { link, push, listeners } = pushing();
  const steps: string[] = [];
  const step = ({ state }: Stop) => void steps.push(state);
  const end = followStop(link, stopOf(), step, new AbortController().signal);
  push(stopOf());
  push(stopOf({ id: 'another', state: 'failed' }));
  push(stopOf({ state: 'sent' }));
  push(stopOf({ state: 'sent' }));
  push(stopOf({ state: 'confirmed' }));
  expect((await end).state).toBe('confirmed');
  expect(steps).toEqual(['sent', 'confirmed']);
  expect(listeners.size).toBe(0);
});

test('one that has failed at once is answered at once', async () => {
  const { link } = pushing();
  const failed = stopOf({ state: 'failed', error: 'denied' });
  expect(await followStop(link, failed, () => {}, new AbortController().signal)).toBe(failed);
});

test('a window that closes gives up following', async () => {
  const { link, listeners } = pushing();
  const closing = new AbortController();
  const end = followStop(link, stopOf(), () => {}, closing.signal);
  closing.abort(new Error('closed'));
  await expect(end).rejects.toThrow('closed');
  expect(listeners.size).toBe(0);
});

import { type Box, questionBox, stopJob } from '@burnrate/desktop/stop_job.ts';
import type { CollectorLink } from '@burnrate/shared/protocol/protocol.ts';
import { expect, test } from 'vitest';
import { aJob, aStop, plan } from './scene.ts';

test('the question says what is done, lost, kept and saved, and how to do it by hand', () => {
  const box = questionBox(aJob(), plan);
  expect(box.message).toBe('Stop llama?');
  expect(box.detail).toBe(`Terminate instance i-1 (AWS us-east-1)

Lost for good:
• the disk vol-1

Kept, and may go on costing money:
• the elastic address

Saves $32.00 (list) per hour.

The same by hand: aws ec2 terminate-instances --instance-ids i-1`);
  expect(box.buttons[0]).toBe('Keep running');
});

test('where nothing is lost, the question says that', () => {
  expect(questionBox(aJob(), { ...plan, loses: [] }).detail).toContain('Lost for good:\n• nothing');
  const pause = questionBox(aJob(), { ...plan, reversible: true });
  expect(pause.detail).toContain('It can be started again.');
});

/** A link that answers by name and keeps what it was asked; the collector's own is tested elsewhere. */
function linkOf(answers: Record<string, () => unknown>): CollectorLink & { asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    request: async (name, params) => {
      asked.push([name, params]);
      return answers[name]?.() as never;
    },
    onSnapshot: () => () => {},
    onConnected: () => () => {},
  };
}

test('a job is stopped by the planned action after the second button, and only then', async () => {
  const answers = { planStop: () => plan, stop: () => aStop({ state: 'requested' }) };
  for (const choice of [0, 1]) {
    const link = linkOf(answers);
    const stop = await stopJob(link, aJob(), async () => choice);
    expect(link.asked.map((one) => (one as [string])[0])).toEqual(
      choice === 1 ? ['planStop', 'stop'] : ['planStop'],
    );
    expect(stop?.id).toBe(choice === 1 ? 'stop-1' : undefined);
    if (choice === 1)
      expect(link.asked[1]).toEqual(['stop', { jobId: plan.jobId, action: plan.action }]);
  }
});

test('a refusal is shown, and can be tried again', async () => {
  let refusals = 1;
  const shown: Box[] = [];
  const link = linkOf({
    planStop: () => {
      if (refusals-- > 0) throw new Error('AWS does not answer');
      return plan;
    },
    stop: () => aStop({ state: 'requested' }),
  });
  const stop = await stopJob(link, aJob(), async (box) => {
    shown.push(box);
    return 1;
  });
  expect(shown.map(({ message }) => message)).toEqual(['Stopping llama failed', 'Stop llama?']);
  expect(shown[0]?.detail).toContain('AWS does not answer');
  expect(stop?.id).toBe('stop-1');
});

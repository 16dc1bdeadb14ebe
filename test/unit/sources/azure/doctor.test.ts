import { expect, test } from 'vitest';
import { lookingAt, patience } from '../open_account.ts';
import { azureOf, type Cloud, missing } from './cloud.ts';
import { openAzure, TOKEN } from './open.ts';
import { price, vm } from './resources.ts';

const cloud: Cloud = {
  resources: [
    vm('a', 'Standard_NC24ads_A100_v4'),
    vm('b', 'Standard_D2s_v5', { power: 'stopped' }),
  ],
  prices: [price('Standard_NC24ads_A100_v4', 3.673), price('Standard_D2s_v5', 0.096)],
};

async function told(handler = azureOf(TOKEN, cloud)) {
  let lines = new Map<string, { ok: boolean; message: string; remedy?: string }>();
  await lookingAt(openAzure(handler), async (_, { connection }) => {
    const checks = await connection.diagnose(patience);
    lines = new Map(checks.map((one) => [one.capability, one]));
  });
  return lines;
}

test('the doctor says who is signed in, what there is, and what is paid for in vain', async () => {
  const lines = await told();
  expect([...lines.values()].every(({ ok }) => ok)).toBe(true);
  expect(lines.get('connect')?.message).toBe('signed in as ada@example.com, 1 subscription');
  expect(lines.get('nodes')?.message).toBe(
    '2 machines with 1 GPU; 1 stopped but not deallocated, so charged for',
  );
  expect(lines.get('prices')?.message).toContain('2 prices');
});

test('the doctor knows that a stop is not allowed without trying one', async () => {
  const lines = await told(
    azureOf(TOKEN, { ...cloud, actions: ['*/read', 'Microsoft.Compute/*'] }),
  );
  expect(lines.get('stop')).toMatchObject({
    ok: false,
    message: expect.stringMatching(/computes\/stop\/action, .*jobs\/cancel\/action/),
    remedy: expect.stringContaining('burnrate doctor --policy azure/stop'),
  });
});

test('the doctor does not claim what Azure does not tell', async () => {
  const whole = azureOf(TOKEN, cloud);
  const lines = await told((ask) => (ask.call.endsWith('/permissions') ? missing : whole(ask)));
  expect(lines.get('stop')).toMatchObject({
    ok: true,
    message: expect.stringContaining('not tried'),
  });
});

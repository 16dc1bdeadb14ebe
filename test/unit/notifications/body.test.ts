import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { Address } from '@burnrate/shared/notifications/address.ts';
import { bodyFor } from '@burnrate/shared/notifications/body.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alertAt } from './given.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const to = (kind: Address['kind']): Address => ({ kind, url: '', headers: {}, topic: 'gpus' });
const one = (changes: Partial<Alert> = {}) => ({
  event: 'firing' as const,
  digest: false,
  alerts: [alertAt(NOW, changes)],
});
const slack = (message: ReturnType<typeof one>) =>
  bodyFor(to('slack'), message, NOW) as { text: string; [key: string]: unknown };
const discord = (message: ReturnType<typeof one>) =>
  bodyFor(to('discord'), message, NOW) as { content: string; allowed_mentions: unknown };

const HOSTILE =
  'a `b` <!channel> <@U1> <http://evil|click> @everyone *x*\n# h\u202e\u001b[2J &amp;';

test('an alert in each service’s own JSON', () => {
  expect(slack(one()).text).toBe('train is idle\nAt 18% for 2 min. $1.20 wasted so far.');
  expect(bodyFor(to('ntfy'), one(), NOW)).toEqual({
    topic: 'gpus',
    title: 'train is idle',
    message: 'At 18% for 2 min. $1.20 wasted so far.',
    priority: 4,
  });
  expect(discord(one()).content).toBe('**train is idle**\nAt 18% for 2 min. $1.20 wasted so far.');
  expect(bodyFor(to('webhook'), one(), NOW)).toMatchObject({
    version: 1,
    event: 'firing',
    severity: 'warning',
    dollarsPerHour: 32,
    dollarsWasted: 1.2,
    alerts: [{ rule: 'idle', subject: 'slurm:lab:1', since: '2026-11-20T12:00:00.000Z' }],
  });
});

test('the stop that a budget announces is told with its time', () => {
  const at = new Date(2026, 10, 20, 14, 5).getTime();
  const stops = { jobIds: ['slurm:lab:1'], at };
  expect(slack(one({ stops })).text).toContain('At the present rate that is at 14:05.');
  expect(bodyFor(to('webhook'), one({ stops }), NOW)).toMatchObject({
    alerts: [{ stops: { jobIds: ['slurm:lab:1'], at: new Date(at).toISOString() } }],
  });
});

test('an end is told with what it cost', () => {
  const over = alertAt(NOW, { state: 'resolved', resolvedAt: NOW + 720_000 });
  const message = { event: 'resolved' as const, digest: false, alerts: [over] };
  expect(bodyFor(to('ntfy'), message, NOW)).toMatchObject({
    title: 'Over: train is idle',
    message: 'It lasted 12 min. $1.20 was wasted.',
    priority: 2,
  });
});

test('a digest counts, names the worst first, and sums each job’s money once', () => {
  const alerts = Array.from({ length: 8 }, (_, index) =>
    alertAt(NOW, { subject: `job:${index}`, title: `job ${index}`, microsPerHour: index * 1e6 }),
  );
  alerts.push(alertAt(NOW, { subject: 'job:0', title: 'down', severity: 'critical' }));
  alerts.push(alertAt(NOW, { subject: 'job:0', rule: 'stalled', title: 'again' }));
  const message = { event: 'firing' as const, digest: true, alerts };
  // 1 to 7, and 32 once.
  expect(slack(message).text).toBe(
    '10 alerts (1 critical, 9 warning): $60.00/h at stake\n- down\n- again\n- job 7\n- job 6\n- job 5\nand 5 more',
  );
});

test('what quiet hours kept back says so', () => {
  const message = { ...one(), digest: true, silenced: true as const };
  expect(slack(message).text).toBe(
    'Since the quiet hours: 1 alert (1 warning): $32.00/h at stake\n- train is idle',
  );
});

test('hostile names stay inert in Slack', () => {
  const body = slack(one({ title: HOSTILE, detail: HOSTILE }));
  expect(body.text).not.toMatch(/[<>]/);
  expect(body.text).toContain('&lt;!channel&gt;');
  expect(body.text).toContain('&lt;http://evil|click&gt;');
  expect(body.text.split('\n')).toHaveLength(2);
  expect(body).toMatchObject({ mrkdwn: false, parse: 'none', link_names: false });
});

test('hostile names stay inert in Discord', () => {
  const body = discord(one({ title: HOSTILE, detail: HOSTILE }));
  expect(body.allowed_mentions).toEqual({ parse: [] });
  const unescaped = body.content
    .slice(2)
    .replace('**\n', '\n')
    .replace(/\\[^0-9A-Za-z\s]/g, '');
  expect(unescaped).not.toMatch(/[*_~`|<>#@[\]\\]/);
});

test('whatever a name holds, each service’s limits and lines hold', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (title) => {
      const message = one({ title: `${title}<!here>${'*'.repeat(title.length)}`, detail: title });
      const digest = { ...message, digest: true, alerts: Array(9).fill(message.alerts[0]) };
      expect(slack(message).text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      expect(slack(message).text.split('\n').length).toBe(2);
      for (const every of [message, digest]) {
        const { content } = discord(every);
        expect(content.length).toBeLessThanOrEqual(2000);
        expect(content.replace(/\\[^0-9A-Za-z\s]/g, '')).not.toContain('\\');
        const told = bodyFor(to('ntfy'), every, NOW) as { title: string; message: string };
        expect([...told.title].length).toBeLessThanOrEqual(250);
        expect(Buffer.byteLength(told.message)).toBeLessThanOrEqual(4096);
      }
    }),
    { endOnFailure: true, examples: [['*'.repeat(3000)], ['𓀀'.repeat(1500)], ['`\\'.repeat(600)]] },
  );
});

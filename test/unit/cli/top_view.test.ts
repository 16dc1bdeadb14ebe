import type { TopState } from '@burnrate/shared/cli/top/state.ts';
import { topView } from '@burnrate/shared/cli/top/view.ts';
import { paint } from '@burnrate/shared/cli/view/paint.ts';
import { widthOf } from '@burnrate/shared/cli/view/text.ts';
import { NOTHING } from '@burnrate/shared/model/rate.ts';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { account, alert, dollars, job, NOW, plan, snapshot, stop } from './scene.ts';

// The first line has the time of day.
beforeAll(() => void vi.stubEnv('TZ', 'UTC'));
afterAll(() => void vi.unstubAllEnvs());

function screen(state: Partial<TopState>, width: number, height: number): string {
  const lines = topView({ connected: true, snapshot: snapshot(), ...state }, { width, height });
  return lines.map((line) => paint(line, 0)).join('\n');
}

test('the screen at 80 by 24', () => {
  expect(screen({}, 80, 24)).toMatchInlineSnapshot(`
    " burnrate                                                              12:00:00

     $33.98/h list    $118.20 today list    $0.97 wasted list    $0.00 saved
     2 jobs of yours on 9 GPUs

      ▲ llama-finetune is idle at 19% and costs $32.77/h
        Its 8 GPUs fell from 87% to 19% while the price stayed the same.
        $32.77/h at stake · $0.97 wasted in 2 min

        JOB             ACTIVITY           GPUS           RATE        TODAY
     ❯▲ llama-finetune       ████▃▂▂  19%     8  $32.77/h list  $98.74 list
      ● embeddings-api         ▇▆▇█▇  78%     1   $1.21/h list  $19.46 list

        NODE            TYPE                            PLACE               PRICE
        llama-finetune  p4d.24xlarge · 8 × NVIDIA A100  us-east-1b  $32.77/h list
        embeddings-api  g5.2xlarge · 1 × NVIDIA A10G    us-east-1b   $1.21/h list

      ✓ Amazon Web Services: default answered 37 s ago




     llama-finetune · Amazon Web Services: default · for 3 h 0…  $98.74 list in all
     ↑↓ select   s stop   z snooze   ? help   q quit"
  `);
});

test('a wide terminal shows owners, a bar and whole names; a narrow one keeps rate and activity', () => {
  const others = snapshot({
    jobs: [...snapshot().jobs, job('of-mira', { mine: false, owner: 'mira' })],
  });
  const wide = screen({ snapshot: others }, 120, 40);
  for (const text of ['OWNER', 'mira', '━━━━━━──', 'TODAY', '$98.74 list']) {
    expect(wide).toContain(text);
  }
  const narrow = screen({ snapshot: others }, 60, 20);
  for (const text of ['OWNER', 'TODAY', '━━']) expect(narrow).not.toContain(text);
  for (const text of ['llama-finetune', '19%', '$32.77/h list', '$32.77/h at stake']) {
    expect(narrow).toContain(text);
  }
});

test('whatever the size and the state, no line is too long and none is too many', () => {
  const many = snapshot({
    jobs: Array.from({ length: 40 }, (_, index) => job(`job-${index}-日本語`)),
    alerts: Array.from({ length: 9 }, (_, index) => alert(`aws:default:i-job-${index}-日本語`)),
    stops: [stop('old', { state: 'failed', error: 'denied', remedy: 'Allow it.' })],
    accounts: [account('AWS: default'), account('Slurm', { state: 'stale' })],
  });
  const states: Partial<TopState>[] = [
    {},
    { snapshot: many },
    { snapshot: many, page: 'http://127.0.0.1:40000/secret/', message: { text: 'x'.repeat(200) } },
    { over: { kind: 'help' } },
    { over: { kind: 'plan', job: job('train'), plan } },
    { over: { kind: 'planning', job: job('train') } },
    { snapshot: snapshot({ jobs: [], accounts: [], nodes: [], alerts: [] }) },
  ];
  const sizes = fc.record({
    width: fc.integer({ min: 10, max: 200 }),
    height: fc.integer({ min: 3, max: 60 }),
  });
  fc.assert(
    fc.property(fc.constantFrom(...states), sizes, (state, size) => {
      const lines = topView({ connected: true, snapshot: snapshot(), ...state }, size);
      expect(lines.length).toBeLessThanOrEqual(size.height);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(size.width);
    }),
  );
});

test('the selected job is in sight however many there are', () => {
  const jobs = Array.from({ length: 50 }, (_, index) => job(`job-${index}`));
  for (const index of [0, 1, 25, 48, 49]) {
    const shown = screen(
      { snapshot: snapshot({ jobs }), selected: `aws:default:i-job-${index}` },
      80,
      24,
    );
    expect(shown).toMatch(new RegExp(`❯● job-${index} `));
    expect(shown).toMatch(/… \d+ more jobs/);
  }
});

test('an account that fails is in sight even where everything else is long', () => {
  const jobs = Array.from({ length: 50 }, (_, index) => job(`job-${index}`));
  const alerts = jobs.slice(0, 10).map(({ id }) => alert(id));
  const failing = account('Slurm: gpu', { state: 'failed' });
  const accounts = [account('AWS: default'), failing];
  expect(screen({ snapshot: snapshot({ jobs, alerts, accounts }) }, 80, 24)).toContain(
    '✗ Slurm: gpu failed',
  );
});

test('a failure says what to do where there is room', () => {
  const failure = {
    kind: 'denied',
    account: 'aws:default',
    message: 'ec2:DescribeInstances was denied',
    remedy: 'Allow ec2:DescribeInstances for this user.',
    at: NOW,
  } as const;
  const shown = screen(
    { snapshot: snapshot({ accounts: [account('AWS', { state: 'failed', failure })] }) },
    100,
    40,
  );
  expect(shown).toContain(
    'ec2:DescribeInstances was denied. Allow ec2:DescribeInstances for this user.',
  );
});

test('what is not known is said, and never shown as nothing', () => {
  const unknown = job('no-price', { rate: { ...NOTHING, unpriced: 1 } });
  const { activity: _, ...deaf } = job('deaf', { rate: dollars(4, { uncertain: true }) });
  const old = job('old', { activityAt: NOW - 7 * 60_000 });
  const shown = screen({ snapshot: snapshot({ jobs: [unknown, deaf, old] }) }, 120, 40);
  expect(shown).toMatch(/no-price .*price unknown/);
  expect(shown).toMatch(/deaf .*no telemetry .*≈ \$4\.00\/h list/);
  expect(shown).toMatch(/old .*78% 7 min ago/);
});

test('the plan of a stop says what goes, what stays, and how it is done by hand', () => {
  const shown = screen({ over: { kind: 'plan', job: job('train'), plan } }, 100, 24);
  for (const text of ['Stop train?', plan.action, ...plan.loses, ...plan.keeps, plan.equivalent]) {
    expect(shown).toContain(text);
  }
  expect(shown).toContain('y stop it');
});

test('a lost connection and the demo are said in the first line', () => {
  expect(screen({ connected: false }, 80, 24)).toMatch(
    /^ burnrate .*reconnecting · as of 12:00:00/,
  );
  const demo = snapshot({ mode: 'demo', speed: 30 });
  expect(screen({ snapshot: demo }, 80, 24)).toMatch(
    /^ burnrate {2}DEMO a simulated fleet, 30× as fast/,
  );
});

test('a stop that a budget has announced says when it comes, and which key calls it off', () => {
  const [first] = snapshot().jobs;
  const stops = { jobIds: [first?.id ?? ''], at: NOW + 240_000 };
  const told = alert(first?.id ?? '', { title: 'about to be stopped', microsPerHour: 0, stops });
  const announced = screen({ snapshot: snapshot({ alerts: [told] }) }, 100, 30);
  expect(announced).toContain('stops in 4 min');
  expect(announced).toContain('o keep running');
  expect(announced).not.toContain('$0.00/h at stake');
  const off = { ...told, acknowledged: true };
  const calm = screen({ snapshot: snapshot({ alerts: [off] }) }, 100, 30);
  expect(calm).not.toContain('keep running');
  expect(calm).not.toContain('stops in');
});

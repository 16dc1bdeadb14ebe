import { AlertBook, rulesFrom } from '@burnrate/shared/alerts/index.ts';
import { information } from '@burnrate/shared/alerts/information.ts';
import type { Finding, Scene } from '@burnrate/shared/alerts/rule.ts';
import { Config } from '@burnrate/shared/config/config.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { NodeView } from '@burnrate/shared/model/snapshot.ts';
import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { gpuKindOf } from '@burnrate/shared/pricing/catalogue/gpu.ts';
import type { Offer } from '@burnrate/shared/pricing/elsewhere.ts';
import type { PricePoint } from '@burnrate/shared/store/store.ts';
import { describe, expect, test } from 'vitest';
import { jobView, sceneAt } from './scene.ts';

const NOW = 30 * DAY;

const something: Finding = {
  subject: 'x',
  subjectKind: 'account',
  severity: 'info',
  title: 'x',
  detail: '',
  evidence: [],
  microsPerHour: 0,
  since: 0,
  holdMs: 15 * MINUTE,
};

function nodeView(changes: Partial<NodeView> = {}): NodeView {
  return {
    id: 'slurm:lab:node1',
    source: 'slurm',
    account: 'slurm:lab',
    name: 'node1',
    aliases: [],
    gpus: { count: 8, model: 'NVIDIA A100-SXM4-80GB' },
    state: 'running',
    billing: { incrementMs: 1000, minimumMs: 60_000 },
    mine: true,
    priceKey: { provider: 'aws', instanceType: 'p4de.24xlarge', region: 'r', market: 'on-demand' },
    price: { microsPerHour: 32_772_600, provenance: 'list', basis: 'test', asOf: NOW },
    labels: {},
    idle: { micros: 0, uncertain: false, unpriced: 0 },
    alsoKnownAs: [],
    ...changes,
  };
}

function ruleOf(id: string, alerts: object = {}) {
  const rule = rulesFrom(Config.parse({ alerts })).find((one) => one.id === id);
  if (!rule) throw new Error(`there is no rule ${id}`);
  return rule;
}

describe('the price elsewhere', () => {
  function offer(dollars: number, changes: Partial<Offer> & { model?: string } = {}): Offer {
    const { model = 'A100 SXM 80GB', ...rest } = changes;
    const kind = gpuKindOf(model);
    if (!kind) throw new Error(`no GPU ${model}`);
    return {
      provider: 'lambda',
      type: 'gpu_8x_a100_80gb_sxm4',
      region: '*',
      gpus: { count: 8, model, kind },
      microsPerHour: dollars * 1e6,
      provenance: 'list',
      basis: 'catalogue, 1970-01-29, from lambda.ai',
      asOf: NOW - 2 * DAY,
      ...rest,
    };
  }

  const look = (offers: Offer[], scene: Partial<Scene> = {}, alerts: object = {}) =>
    ruleOf('price-elsewhere', alerts).evaluate({
      ...sceneAt(NOW, [jobView()], []),
      nodes: [nodeView()],
      offers: () => offers,
      ...scene,
    });

  test('is said with its source and age, as information without waste', () => {
    expect(look([offer(12.4)])).toMatchObject([
      {
        severity: 'info',
        title: 'train-7b costs $32.77/h; the same 8x A100 SXM 80GB is $12.40/h on Lambda',
        detail: expect.stringContaining('catalogue, 1970-01-29, from lambda.ai, 2 d old'),
        microsPerHour: 0,
      },
    ]);
  });

  test('is not said where it is hardly less, or the GPUs are not the same', () => {
    expect(look([offer(25)])).toEqual([]);
    expect(look([offer(12, { model: 'A100 SXM 40GB' })])).toEqual([]);
    expect(look([offer(12, { provider: 'aws' })])).toEqual([]);
    expect(look([offer(12.4)], {}, { priceElsewhere: { share: 0.7 } })).toEqual([]);
    expect(look([offer(12.4)], {}, { priceElsewhere: { atLeast: 21 } })).toEqual([]);
    const quiet = { jobs: [{ jobs: 'train-*', off: ['price-elsewhere'] }] };
    expect(look([offer(12.4)], {}, quiet)).toEqual([]);
  });

  test('is not said of a job whose own price is not known in full', () => {
    const rate = { micros: 30e6, uncertain: false, unpriced: 1 };
    expect(look([offer(1)], { jobs: [jobView({ rate })] })).toEqual([]);
  });

  test('takes from the catalogue what a machine does not tell of its GPUs', () => {
    const nodes = [nodeView({ gpus: { count: 8, model: 'A100' } })];
    const own = offer(27.4, { provider: 'aws', type: 'p4de.24xlarge' });
    const small = offer(5, { model: 'A100 SXM 40GB' });
    expect(look([own, small], { nodes })).toEqual([]);
    expect(look([small], { nodes })).toHaveLength(1);
  });

  test('is one finding for a hundred jobs, and fires once however the cheapest changes', () => {
    const rule = ruleOf('price-elsewhere');
    const book = new AlertBook([rule]);
    const jobs = Array.from({ length: 100 }, (_, i) => jobView({ id: `slurm:lab:${i}` }));
    let alerts = book.step({ ...sceneAt(NOW, [], []), nodes: [] }, []);
    for (let minute = 1; minute <= 20; minute += 1) {
      const scene = {
        ...sceneAt(NOW + minute * MINUTE, jobs, []),
        nodes: [nodeView()],
        offers: () => [offer(12 + (minute % 3)), offer(11 + (minute % 5), { provider: 'nebius' })],
      };
      alerts = book.step(scene, alerts);
    }
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ state: 'firing', severity: 'info' });
    expect(alerts[0]?.detail).toContain('99 more of your jobs');
  });
});

test('what was said and is over is not said again within a day; what was never said does not count', () => {
  let holds = true;
  const rule = information({
    id: 'price-elsewhere',
    evaluate: ({ now }) => (holds ? [{ ...something, since: now }] : []),
  });
  const book = new AlertBook([rule]);
  let alerts: Alert[] = [];
  const fired = new Set<string>();
  const pass = (minutes: number, from: number, found: boolean) => {
    holds = found;
    for (let minute = from; minute < from + minutes; minute += 1) {
      alerts = book.step(sceneAt(NOW + minute * MINUTE, [], []), alerts);
      for (const { id, state } of alerts) if (state === 'firing') fired.add(id);
    }
    return fired.size;
  };
  // Five minutes are too short to be said, so that the next time counts.
  expect(pass(5, 0, true)).toBe(0);
  expect(pass(5, 5, false)).toBe(0);
  expect(pass(30, 10, true)).toBe(1);
  expect(pass(60, 40, false)).toBe(1);
  expect(pass(60, 100, true)).toBe(1);
  expect(pass(24 * 60, 160, false)).toBe(1);
  expect(pass(30, 28 * 60, true)).toBe(2);
});

describe('the spot price', () => {
  const spot = {
    provider: 'aws',
    instanceType: 'p4d.24xlarge',
    region: 'us-east-1',
    zone: 'us-east-1a',
    market: 'spot' as const,
  };
  const at = (hoursAgo: number, dollars: number): PricePoint => ({
    at: NOW - hoursAgo * HOUR,
    microsPerHour: dollars * 1e6,
  });
  const look = (points: PricePoint[], nodes = [nodeView({ priceKey: spot })]) =>
    ruleOf('spot-price').evaluate({
      ...sceneAt(NOW, [], []),
      nodes,
      spotPrices: ({ zone }) => (zone === spot.zone ? points : []),
    });

  test('is said where it is far above what it mostly was in that zone', () => {
    expect(look([at(100, 10), at(50, 11), at(20, 10), at(2, 17)])).toMatchObject([
      {
        subject: 'spot-price:aws/spot/us-east-1a/p4d.24xlarge',
        severity: 'info',
        title: 'Spot p4d.24xlarge in us-east-1a costs $17.00/h, 70% more than usual',
        since: NOW - 2 * HOUR,
      },
    ]);
  });

  test('is weighed by how long each price held: short peaks are not the usual', () => {
    const peaks = [at(100, 10), at(60, 30), at(59, 10), at(40, 30), at(39, 10), at(1, 16)];
    expect(look(peaks)).toHaveLength(1);
    // What has been dear for most of the time is the usual by now.
    expect(look([at(100, 10), at(70, 16)])).toEqual([]);
  });

  test('is not said of a small rise, a short history, another zone, or what is not mine', () => {
    expect(look([at(100, 10), at(1, 14)])).toEqual([]);
    expect(look([at(8, 10), at(1, 17)])).toEqual([]);
    expect(look([at(100, 0.1), at(1, 0.3)])).toEqual([]);
    const points = [at(100, 10), at(1, 17)];
    expect(look(points, [nodeView({ priceKey: { ...spot, zone: 'us-east-1b' } })])).toEqual([]);
    expect(look(points, [nodeView({ priceKey: spot, mine: false })])).toEqual([]);
    expect(look([], [nodeView({ priceKey: spot })])).toEqual([]);
  });

  test('is one finding a zone, however many machines run there', () => {
    const nodes = [1, 2, 3].map((n) => nodeView({ id: `aws:dev:i-${n}`, priceKey: spot }));
    const [finding, ...others] = look([at(100, 10), at(1, 17)], nodes);
    expect(others).toEqual([]);
    expect(finding?.detail).toContain('$21.00/h more for what you run there, of which you run 3');
  });
});

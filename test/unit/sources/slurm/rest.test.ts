import type { Account } from '@burnrate/shared/model/account.ts';
import { slurm } from '@burnrate/shared/sources/slurm/index.ts';
import type { Settings } from '@burnrate/shared/sources/slurm/settings.ts';
import { expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { type Handler, json, type Reply, SIGN_IN_PAGE, startService } from '../service.ts';
import { RECORDED_AT, recorded } from './recorded.ts';

/** As `scontrol token` makes one; its last part is what must never be seen. */
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const TOKEN = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sun: 'ada' })}.canary-4711-signature`;
const clock = { now: () => RECORDED_AT, after: () => () => {}, speed: 1 };

const failed = (status: number, description: string, headers = {}): Reply =>
  json({ errors: [{ description, error_number: -1, source: 'slurm_load_jobs' }] }, status, headers);

/** A slurmrestd 22.05 that knows the queue that was recorded. */
function slurmrestd(jobs: Record<string, unknown>[]): Handler {
  const nodes = ['gpu-1', 'gpu-2'].map((name) => ({
    name,
    hostname: 'gpu-host',
    address: '127.0.0.1',
    state: 'mixed',
    state_flags: [],
    gres: 'gpu:a100:4',
    cpus: 8,
    boot_time: 1_795_555_180,
    partitions: ['gpu'],
  }));
  return ({ call, headers }) => {
    if (headers['x-slurm-user-token'] !== TOKEN || headers['x-slurm-user-name'] !== 'ada')
      return failed(401, 'Authentication failure');
    const [, path] = /^GET \/slurm\/v0\.0\.38\/(\w+)$/.exec(call) ?? [];
    if (path === 'ping') return json({ pings: [{ hostname: 'ctl', ping: 'UP', mode: 'primary' }] });
    if (path === 'jobs') return json({ errors: [], jobs });
    if (path === 'nodes') return json({ errors: [], nodes });
    const [, id] = /^DELETE \/slurm\/v0\.0\.38\/job\/(.+)$/.exec(call) ?? [];
    if (id === undefined)
      return {
        status: 404,
        body: 'Unable find requested URL.',
        headers: { 'Content-Type': 'text/plain' },
      };
    if (jobs.some((job) => String(job.job_id) === decodeURIComponent(id)))
      return json({ errors: [] });
    return failed(500, `unable to kill JobId=${id} with signal 9: Invalid job id specified`);
  };
}

async function site(handler: Handler): Promise<Site<Settings> & { asked: string[] }> {
  const service = await startService(handler);
  const asked: string[] = [];
  service.on((ask) => {
    asked.push(ask.call);
    return handler(ask);
  });
  return {
    surroundings: bareMachine({ env: { SLURM_JWT: TOKEN }, clock }),
    settings: slurm.settings.parse({ name: 'lab', rest: { url: service.url } }) as Settings,
    canary: 'canary-4711-signature',
    asked,
    dispose: () => service.close(),
  };
}

const queue = () =>
  (JSON.parse(recorded('squeue.json')) as { jobs: Record<string, unknown>[] }).jobs;

conformance('slurm by slurmrestd', {
  source: slurm,
  empty: () => ({ surroundings: bareMachine() }),
  ready: async () => {
    const jobs = queue();
    return {
      ...(await site(slurmrestd(jobs))),
      end: async ({ nativeId }) => {
        for (const job of jobs)
          if (String(job.job_id) === nativeId)
            Object.assign(job, { job_state: 'CANCELLED', end_time: RECORDED_AT / 1000 });
      },
    };
  },
  troubles: {
    unreachable: () => site(() => failed(500, 'Failed while looking for jobs')),
    denied: () => site(() => failed(401, 'Authentication failure')),
    throttled: () => site(() => failed(429, 'Too many requests', { 'Retry-After': '1' })),
    malformed: () => site(() => SIGN_IN_PAGE),
    'not-configured': () => site(() => ({ status: 404, body: 'Not here.' })),
    slow: () => site(() => 'hang'),
  },
});

test('the newest version that it speaks is looked for once', async () => {
  const place = await site(slurmrestd(queue()));
  const settings = place.settings as Settings;
  const [account] = (await slurm.discover(place.surroundings, settings)).accounts as [Account];
  const connection = slurm.open(account, place.surroundings, settings);
  const signal = AbortSignal.timeout(20_000);
  const what = new Set(['jobs'] as const);
  for (let times = 0; times < 2; times += 1) await connection.observe({ what, wanted: [], signal });
  expect(place.asked).toEqual([
    ...[44, 43, 42, 41, 40, 39, 38].map((number) => `GET /slurm/v0.0.${number}/ping`),
    'GET /slurm/v0.0.38/jobs',
    'GET /slurm/v0.0.38/jobs',
  ]);
  await connection.close?.();
  await place.dispose?.();
});

import type { Account } from '@burnrate/shared/model/account.ts';
import { gcp } from '@burnrate/shared/sources/gcp/index.ts';
import type { Settings } from '@burnrate/shared/sources/gcp/settings.ts';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { type Handler, SIGN_IN_PAGE, startService } from '../service.ts';
import { customJob, forbidden, google, googleOf, instance } from './cloud.ts';
import { endpointsAt, TOKEN, withToken } from './open.ts';
import { gpuSeries } from './series.ts';

async function site(handler: Handler): Promise<Site<Settings>> {
  const service = await startService(handler);
  return {
    surroundings: withToken(),
    settings: gcp.settings.parse(endpointsAt(service.url)),
    canary: TOKEN,
    dispose: () => service.close(),
  };
}

conformance('gcp', {
  source: gcp,
  empty: () => ({ surroundings: bareMachine() }),
  ready: async () => {
    const instances = [
      instance(),
      instance({
        id: '4711471147114711002',
        name: 'spot',
        labels: {},
        scheduling: { provisioningModel: 'SPOT' },
      }),
      instance({
        id: '4711471147114711003',
        name: 'bobs',
        labels: { owner: 'bob' },
        type: 'e2-medium',
        guestAccelerators: [],
      }),
      instance({
        id: '4711471147114711004',
        name: 'old',
        status: 'TERMINATED',
        lastStopTimestamp: new Date(Date.now() - 3_600_000).toISOString(),
      }),
    ];
    const jobs = [
      customJob(),
      customJob({
        name: 'projects/4711/locations/us-central1/customJobs/9002',
        state: 'JOB_STATE_PENDING',
        startTime: undefined,
      }),
    ];
    return {
      ...(await site(googleOf({ token: TOKEN, instances, jobs, series: gpuSeries() }))),
      end: async ({ shares }) => {
        const numbers = shares.map(({ node }) => node.split(':').at(-1));
        for (const one of instances) if (numbers.includes(one.id)) one.status = 'TERMINATED';
      },
    };
  },
  troubles: {
    unreachable: async () => {
      const place = await site(() => 'hang');
      await place.dispose?.();
      return { ...place, dispose: () => undefined };
    },
    denied: () => site(() => forbidden),
    throttled: () => site(() => google(429, 'Quota exceeded.', { 'Retry-After': '1' })),
    malformed: () => site(() => SIGN_IN_PAGE),
    'not-configured': () => ({
      surroundings: bareMachine(),
      account: {
        id: 'gcp:ada-lab',
        source: 'gcp',
        name: 'ada-lab',
        foundIn: '~/.config/gcloud/application_default_credentials.json',
        options: { project: 'ada-lab', origin: 'file', file: '/nonexistent/home/adc.json' },
      } satisfies Account,
    }),
    slow: () => site(() => 'hang'),
  },
});

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programFile } from '../../programs.ts';
import { Home, snapshotWhere } from '../../unit/collector/live.ts';
import { customJob, googleOf, instance } from '../../unit/sources/gcp/cloud.ts';
import { endpointsAt, TOKEN } from '../../unit/sources/gcp/open.ts';
import { gpuSeries } from '../../unit/sources/gcp/series.ts';
import { granted, withTokenServer } from '../../unit/sources/gcp/token_server.ts';
import { startService } from '../../unit/sources/service.ts';

const MAIN = programFile('collector');
const REFRESH = '1//REFRESH4711CANARY';

test('a collector signs in with gcloud’s files, meters instances and Vertex AI jobs, and stops both', () =>
  withTokenServer(
    () => granted,
    async (tokenUrl) => {
      const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
      const machine = instance({ lastStartTimestamp: hourAgo });
      const job = customJob({ startTime: hourAgo, createTime: hourAgo });
      const google = googleOf({
        token: TOKEN,
        instances: [machine],
        jobs: [job],
        series: gpuSeries(),
      });
      await using service = Object.assign(
        await startService((ask) => {
          const answer = google(ask);
          // A machine takes a while to stop, and is paid for until it has.
          if (ask.call.endsWith('/stop')) machine.status = 'STOPPING';
          return answer;
        }),
        { [Symbol.asyncDispose]: () => service.close() },
      );
      await using home = new Home({ BURNRATE_SOURCES: 'gcp', CLOUDSDK_AUTH_TOKEN_HOST: tokenUrl });
      const gcloud = join(home.path, 'gcloud');
      mkdirSync(join(gcloud, 'configurations'), { recursive: true });
      home.env.CLOUDSDK_CONFIG = gcloud;
      writeFileSync(
        join(gcloud, 'configurations', 'config_default'),
        '[core]\naccount = ada@example.com\nproject = ada-lab\n',
      );
      writeFileSync(
        join(gcloud, 'application_default_credentials.json'),
        JSON.stringify({
          type: 'authorized_user',
          client_id: 'id',
          client_secret: 'secret',
          refresh_token: REFRESH,
        }),
      );
      const { oauth2, ...endpoints } = endpointsAt(service.url).endpoints;
      home.env.CLOUDSDK_API_ENDPOINT_OVERRIDES_OAUTH2 = oauth2;
      home.configure({ sources: { gcp: { endpoints } } });
      const link = await home.connect({
        launch: { command: process.execPath, args: [MAIN], env: { ...process.env, ...home.env } },
      });

      // $3.673385 of the a2 machine, and twice $0.908903 of Vertex AI's.
      const running = await snapshotWhere(
        link,
        'both jobs, priced, and how busy a GPU is',
        ({ jobs, rate }) =>
          jobs.length === 2 &&
          rate.micros === 5_491_191 &&
          jobs.some(({ activity }) => activity !== undefined),
      );
      expect(running.rate).toMatchObject({ provenance: 'list', unpriced: 0 });
      const [vm, vertex] = ['train', 'finetune'].map((name) =>
        running.jobs.find((one) => one.name === name),
      );
      if (!vm || !vertex) throw new Error('a job is missing');
      expect(vm.activity).toBeCloseTo(0.87);
      // What ran before it was first seen is paid for, too.
      expect(vm.total.micros).toBeGreaterThan(3_670_000);

      for (const { id: jobId } of [vm, vertex]) {
        const { action } = await link.request('planStop', { jobId });
        await link.request('stop', { jobId, action });
      }
      expect(machine.status).toBe('STOPPING');
      expect(job.state).toBe('JOB_STATE_CANCELLING');
      await link.request('refresh', {});
      await snapshotWhere(
        link,
        'both on their way',
        ({ stops }) => stops.length === 2 && stops.every(({ state }) => state === 'sent'),
      );

      const now = new Date().toISOString();
      Object.assign(machine, { status: 'TERMINATED', lastStopTimestamp: now });
      Object.assign(job, { state: 'JOB_STATE_CANCELLED', endTime: now });
      await link.request('refresh', {});
      const ended = await snapshotWhere(
        link,
        'both confirmed, and nothing running',
        ({ stops, rate }) => rate.micros === 0 && stops.every(({ state }) => state === 'confirmed'),
      );
      const kept = JSON.stringify(ended) + home.log() + readFileSync(home.paths.database, 'latin1');
      for (const secret of [TOKEN, REFRESH]) expect(kept).not.toContain(secret);
    },
  ));

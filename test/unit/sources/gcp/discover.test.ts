import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gcp } from '@burnrate/shared/sources/gcp/index.ts';
import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import { ADC, CONFIG, files, USER } from './login_files.ts';

async function found(surroundings: Surroundings, section?: unknown) {
  const { accounts, looked } = await gcp.discover(surroundings, gcp.settings.parse(section));
  return { accounts: accounts.map(({ name, options }) => ({ name, ...options })), looked };
}

describe('finding a project', () => {
  const adc = { [ADC]: JSON.stringify(USER) };
  const gcloud = (project: string) =>
    `[core]\naccount = ada@example.com\nproject = ${project}\n\n[compute]\nzone = europe-west4-b\n`;

  test('takes Application Default Credentials, and the project of gcloud’s active configuration', async () => {
    const { accounts } = await found(files({ ...adc, [CONFIG]: gcloud('ada-lab') }));
    expect(accounts).toEqual([
      {
        name: 'ada-lab',
        project: 'ada-lab',
        origin: 'file',
        file: ADC,
        quotaProject: 'ada-quota',
        region: 'europe-west4',
      },
    ]);
  });

  test.each([
    ['GOOGLE_CLOUD_PROJECT', { GOOGLE_CLOUD_PROJECT: 'by-variable' }, 'by-variable'],
    ['CLOUDSDK_CORE_PROJECT', { CLOUDSDK_CORE_PROJECT: 'by-variable' }, 'by-variable'],
    ['another configuration', { CLOUDSDK_ACTIVE_CONFIG_NAME: 'work' }, 'at-work'],
    ['another folder', { CLOUDSDK_CONFIG: '/elsewhere' }, 'elsewhere'],
  ])('heeds %s', async (_, env, project) => {
    const place = files(
      {
        ...adc,
        [CONFIG]: gcloud('ada-lab'),
        [CONFIG.replace('default', 'work')]: gcloud('at-work'),
        '/elsewhere/configurations/config_default': gcloud('elsewhere'),
        '/elsewhere/application_default_credentials.json': JSON.stringify(USER),
      },
      { env },
    );
    expect((await found(place)).accounts.map(({ name }) => name)).toEqual([project]);
  });

  test('has one account for each project that burnrate.yaml names', async () => {
    const { accounts } = await found(files(adc), { projects: ['team-a', 'team-b'] });
    expect(accounts.map(({ name }) => name)).toEqual(['team-a', 'team-b']);
  });

  test('prefers GOOGLE_APPLICATION_CREDENTIALS, whose key names its project', async () => {
    const key = { type: 'service_account', project_id: 'robots', client_email: 'r@robots.iam' };
    const env = { GOOGLE_APPLICATION_CREDENTIALS: '/keys/robot.json' };
    const place = files({ ...adc, '/keys/robot.json': JSON.stringify(key) }, { env });
    expect((await found(place)).accounts).toMatchObject([
      { name: 'robots', file: '/keys/robot.json' },
    ]);
  });

  test('falls back to gcloud’s own login', async () => {
    const { accounts } = await found(files({ [CONFIG]: gcloud('ada-lab') }));
    expect(accounts).toMatchObject([{ name: 'ada-lab', origin: 'gcloud' }]);
  });

  test('without a project, finds none and says how to set one', async () => {
    const { quota_project_id: _, ...user } = USER;
    const { accounts, looked } = await found(files({ [ADC]: JSON.stringify(user) }));
    expect(accounts).toEqual([]);
    expect(looked.join('\n')).toContain('gcloud config set project');
  });

  test('asks the metadata server only on a machine of Google’s', async () => {
    const server = createServer((request, response) => {
      expect(request.headers['metadata-flavor']).toBe('Google');
      response.end(request.url?.endsWith('project/project-id') ? 'the-machines' : '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const there = await found(files({}, { env: { GCE_METADATA_HOST: host } }));
      expect(there.accounts).toMatchObject([{ name: 'the-machines', origin: 'metadata' }]);
      expect((await found(files({}))).looked).toContain(
        'metadata server: this is no machine of Google Cloud',
      );
    } finally {
      server.close();
    }
  });
});

import { credentials, findEndpoint } from '@burnrate/shared/sources/skypilot/endpoint.ts';
import { skypilot } from '@burnrate/shared/sources/skypilot/index.ts';
import { describe, expect, test } from 'vitest';
import { machineWith } from './open.ts';

const config = (text: string) => ({ 'config.yaml': text });
const CONFIG = config('api_server:\n  endpoint: https://sky.example.com/team/\n');

describe("where SkyPilot's API server is", () => {
  test.each([
    [{}, {}, {}, 'http://127.0.0.1:46580', true],
    [{}, { SKYPILOT_API_SERVER_LOCAL_PORT: '50000' }, {}, 'http://127.0.0.1:50000', true],
    [CONFIG, {}, {}, 'https://sky.example.com/team', false],
    [
      CONFIG,
      { SKYPILOT_API_SERVER_ENDPOINT: 'http://10.1.1.1:30050' },
      {},
      'http://10.1.1.1:30050',
      false,
    ],
    [
      CONFIG,
      { SKYPILOT_API_SERVER_ENDPOINT: 'http://a' },
      { endpoint: 'http://b:1' },
      'http://b:1',
      false,
    ],
    [config('api_server: ['), {}, {}, 'http://127.0.0.1:46580', true],
  ])('is taken from %j, %j, %j: %s', async (files, env, section, url, local) => {
    const found = await findEndpoint(machineWith(files, { env }), section);
    expect(found).toMatchObject({ url, local });
  });

  test('is told without the password in it, which is sent', async () => {
    const env = { SKYPILOT_API_SERVER_ENDPOINT: 'https://ada:c%40nary@sky.example.com' };
    const machine = machineWith({}, { env });
    const { accounts } = await skypilot.discover(machine, skypilot.settings.parse(undefined));
    expect(accounts[0]).toMatchObject({ id: 'skypilot:sky.example.com' });
    expect(JSON.stringify(accounts)).not.toMatch(/c(%40|@)nary/);
    const { headers } = await credentials(machine, {});
    expect(headers).toEqual({
      authorization: `Basic ${Buffer.from('ada:c@nary').toString('base64')}`,
    });
  });

  test('is proved to by the token of the environment before that of the configuration', async () => {
    const files = config('api_server: {service_account_token: sky_config}\n');
    expect((await credentials(machineWith(files), {})).headers.authorization).toBe(
      'Bearer sky_config',
    );
    const env = { SKYPILOT_SERVICE_ACCOUNT_TOKEN: 'sky_env\r\nX-Evil: 1' };
    expect((await credentials(machineWith(files, { env }), {})).headers.authorization).toBe(
      'Bearer sky_envX-Evil: 1',
    );
  });

  test('is proved to by the cookies of `sky api login`, each only where it belongs', async () => {
    const later = Math.floor(Date.now() / 1000) + 1000;
    const jar = [
      '# Netscape HTTP Cookie File',
      `#HttpOnly_.example.com\tTRUE\t/\tTRUE\t${later}\t_oauth2_proxy\tcanary`,
      `sky.example.com\tFALSE\t/\tFALSE\t0\tsession\tours`,
      `sky.example.com\tFALSE\t/\tFALSE\t1000\texpired\tx`,
      `sky.example.com\tFALSE\t/other\tFALSE\t0\telsewhere\tx`,
      `example.org\tTRUE\t/\tFALSE\t0\tforeign\tx`,
      `badexample.com\tTRUE\t/\tFALSE\t0\tforeign\tx`,
    ].join('\n');
    const cookieAt = async (url: string) =>
      (await credentials(machineWith({ 'cookies.txt': jar }), { endpoint: url })).headers.cookie;
    expect(await cookieAt('https://sky.example.com')).toBe('_oauth2_proxy=canary; session=ours');
    expect(await cookieAt('http://sky.example.com')).toBe('session=ours');
    expect(await cookieAt('https://elsewhere.net')).toBeUndefined();
  });

  test('that is none is an account all the same, which says so', async () => {
    const machine = machineWith({}, { env: { SKYPILOT_API_SERVER_ENDPOINT: 'sky.example.com' } });
    const settings = skypilot.settings.parse(undefined);
    const [account] = (await skypilot.discover(machine, settings)).accounts;
    if (!account) throw new Error('no account');
    const checks = await skypilot
      .open(account, machine, settings)
      .diagnose(AbortSignal.timeout(5000));
    expect(checks[0]?.remedy).toContain('it begins with http');
  });
});

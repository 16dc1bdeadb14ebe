import { generateKeyPairSync, verify } from 'node:crypto';
import { gcp } from '@burnrate/shared/sources/gcp/index.ts';
import type { SourceError } from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import { expectNoSecret, settles } from '../outcome.ts';
import { startService } from '../service.ts';
import { googleOf, instance } from './cloud.ts';
import { ADC, CONFIG, files, SECRET, USER } from './login_files.ts';
import { endpointsAt, TOKEN } from './open.ts';
import { granted, withTokenServer } from './token_server.ts';

/** Looks once at the project with these files. */
async function lookWith(content: Record<string, string>, env: Record<string, string>) {
  const service = await startService(googleOf({ token: TOKEN, instances: [instance()] }));
  const { oauth2: _, ...endpoints } = endpointsAt(service.url).endpoints;
  const place = files(content, {
    env: {
      CLOUDSDK_CORE_PROJECT: 'ada-lab',
      ...Object.fromEntries(
        Object.entries(endpoints).map(([name, url]) => [
          `CLOUDSDK_API_ENDPOINT_OVERRIDES_${name.toUpperCase()}`,
          url,
        ]),
      ),
      CLOUDSDK_API_ENDPOINT_OVERRIDES_OAUTH2: service.url,
      ...env,
    },
  });
  const settings = gcp.settings.parse(undefined);
  const [account] = (await gcp.discover(place, settings)).accounts;
  if (!account) throw new Error('no account');
  const connection = gcp.open(account, place, settings);
  const what = new Set(['nodes'] as const);
  const once = () =>
    settles(connection.observe({ what, wanted: [], signal: AbortSignal.timeout(20_000) }));
  return { service, once, close: () => Promise.all([connection.close?.(), service.close()]) };
}

describe('signing in', () => {
  test('renews a person’s token by Google’s library, once, and charges the project that is named', () =>
    withTokenServer(
      () => granted,
      async (url, forms) => {
        const place = await lookWith(
          { [ADC]: JSON.stringify(USER) },
          { CLOUDSDK_AUTH_TOKEN_HOST: url },
        );
        try {
          expect((await place.once()).value?.nodes).toHaveLength(1);
          await place.once();
          expect(forms).toHaveLength(1);
          expect(Object.fromEntries(forms[0] ?? [])).toMatchObject({
            grant_type: 'refresh_token',
            refresh_token: SECRET,
          });
        } finally {
          await place.close();
        }
      },
    ));

  test('signs a service account’s request with its key', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = {
      type: 'service_account',
      project_id: 'ada-lab',
      client_email: 'robot@ada-lab.iam.gserviceaccount.com',
      private_key_id: '4711',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    };
    const signed = (form: URLSearchParams) => {
      const [head, claims, signature] = (form.get('assertion') ?? '').split('.');
      const bytes = Buffer.from(signature ?? '', 'base64url');
      return verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, bytes);
    };
    return withTokenServer(
      (form) => (signed(form) ? granted : { status: 400, body: { error: 'invalid_grant' } }),
      async (url) => {
        const env = {
          CLOUDSDK_AUTH_TOKEN_HOST: url,
          GOOGLE_APPLICATION_CREDENTIALS: '/keys/robot.json',
        };
        const place = await lookWith({ '/keys/robot.json': JSON.stringify(key) }, env);
        try {
          expect((await place.once()).value?.nodes).toHaveLength(1);
        } finally {
          await place.close();
        }
      },
    );
  });

  test('that has lapsed says how to sign in again, without the secret; then it works again', () => {
    let lapsed = true;
    // What Google answers where an organisation asks its people to sign in anew.
    const refusal = {
      status: 400,
      body: {
        error: 'invalid_grant',
        error_description: 'reauth related error (invalid_rapt)',
        error_subtype: 'invalid_rapt',
      },
    };
    return withTokenServer(
      () => (lapsed ? refusal : granted),
      async (url) => {
        const place = await lookWith(
          { [ADC]: JSON.stringify(USER) },
          { CLOUDSDK_AUTH_TOKEN_HOST: url },
        );
        try {
          const { error } = await place.once();
          expect(error).toMatchObject({ kind: 'denied' });
          expect((error as SourceError).message).toContain('invalid_rapt');
          expect((error as SourceError).remedy).toContain('gcloud auth application-default login');
          expectNoSecret({ canary: SECRET }, error);
          lapsed = false;
          expect((await place.once()).value?.nodes).toHaveLength(1);
        } finally {
          await place.close();
        }
      },
    );
  });

  test.each([
    ['is cut short', '{"type": "authorized_user"', /not JSON/],
    ['lacks a part', JSON.stringify({ type: 'authorized_user', client_id: 'a' }), /client_secret/],
  ])('with a file that %s says so', async (_, content, message) => {
    // It was whole when it was found.
    const place = files({ '/adc.json': content });
    const account = {
      id: 'gcp:ada-lab',
      source: 'gcp',
      name: 'ada-lab',
      foundIn: '/adc.json',
      options: { project: 'ada-lab', origin: 'file', file: '/adc.json' },
    };
    const connection = gcp.open(account, place, gcp.settings.parse(undefined));
    const what = new Set(['nodes'] as const);
    const signal = AbortSignal.timeout(20_000);
    const { error } = await settles(connection.observe({ what, wanted: [], signal }));
    expect(error).toMatchObject({ kind: 'not-configured' });
    expect((error as SourceError).message).toMatch(message);
    await connection.close?.();
  });

  test('takes a token from gcloud, as its config-helper prints it', async () => {
    const service = await startService(googleOf({ token: TOKEN, instances: [instance()] }));
    const place = files(
      { [CONFIG]: '[core]\naccount = ada@example.com\nproject = ada-lab\n' },
      {
        run: (command, args) => {
          expect([command, ...args].join(' ')).toBe(
            'gcloud config config-helper --format=json --quiet',
          );
          const credential = {
            access_token: TOKEN,
            token_expiry: new Date(Date.now() + 3e6).toISOString(),
          };
          return Promise.resolve({ code: 0, stdout: JSON.stringify({ credential }), stderr: '' });
        },
      },
    );
    const settings = gcp.settings.parse(endpointsAt(service.url));
    const [account] = (await gcp.discover(place, settings)).accounts;
    if (!account) throw new Error('no account');
    const connection = gcp.open(account, place, settings);
    try {
      const what = new Set(['nodes'] as const);
      const signal = AbortSignal.timeout(20_000);
      expect((await connection.observe({ what, wanted: [], signal })).nodes).toHaveLength(1);
    } finally {
      await connection.close?.();
      await service.close();
    }
  });

  test('sends a token to no address that is not https', async () => {
    const env = { CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: 'http://compute.example.com/' };
    await withTokenServer(
      () => granted,
      async (url) => {
        const place = await lookWith(
          { [ADC]: JSON.stringify(USER) },
          { CLOUDSDK_AUTH_TOKEN_HOST: url, ...env },
        );
        try {
          const { value, error } = await place.once();
          const [failure] = value?.partial ?? [error as SourceError];
          expect(failure?.kind).toBe('not-configured');
          expect(failure?.message).toContain('not https');
        } finally {
          await place.close();
        }
      },
    );
  });
});

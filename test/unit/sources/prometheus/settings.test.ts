import { parseAddress } from '@burnrate/shared/sources/prometheus/address.ts';
import { prometheus } from '@burnrate/shared/sources/prometheus/index.ts';
import { expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { look } from './open.ts';
import { gpu, matrix } from './server.ts';

function discover(settings: unknown, env: Record<string, string> = {}) {
  return prometheus.discover(bareMachine({ env }), prometheus.settings.parse(settings));
}

test.each([
  ['prometheus', 'http://prometheus:9090', 'prometheus:9090'],
  ['prometheus:80', 'http://prometheus', 'prometheus'],
  ['[fd00::1]:9091', 'http://[fd00::1]:9091', '[fd00::1]:9091'],
  ['https://thanos.example', 'https://thanos.example', 'thanos.example'],
  ['https://m.example/prometheus/', 'https://m.example/prometheus', 'm.example/prometheus'],
  ['http://p:9090/api/v1/query', 'http://p:9090', 'p:9090'],
  ['http://vm:8481/select/0/prometheus/api/v1', 'http://vm:8481/select/0/prometheus', undefined],
])('%s is asked at %s', (text, baseUrl, name) => {
  expect(parseAddress(text).address).toMatchObject({ baseUrl, ...(name && { name }) });
});

test.each([
  [{ url: '' }, 'url'],
  [{ url: 'ftp://prometheus' }, 'url'],
  [{ url: 'https://ada:secret@prometheus' }, 'url'],
  [{ url: 'http://prometheus/?q=secret' }, 'url'],
  [{ url: 'p', selector: 'cluster=a' }, 'selector'],
  [{ url: 'p', selector: '{cluster="a"}' }, 'selector'],
  [{ url: 'p', selector: 'a="b"}[1y] or {c="d"' }, 'selector'],
  [{ url: 'p', selector: 'a="b",,c="d"' }, 'selector'],
  [{ url: 'p', tenant: 'a\r\nX-Evil: secret' }, 'tenant'],
])('in the settings, %o is refused at %s', (server, field) => {
  const { error } = prometheus.settings.safeParse({ servers: [server] });
  expect(error?.issues[0]?.path).toEqual(['servers', 0, field]);
  expect(error?.message).not.toContain('secret');
});

test('the query has the names of both vendors and of counters, two minutes, and the selector', async () => {
  const settings = { selector: ' cluster="a}\\"", region=~"eu-.*", ', tenant: 'lab' };
  const { asked } = await look(matrix([]), { settings, path: '/prometheus/' });
  expect(asked).toHaveLength(1);
  expect(asked[0]?.call).toBe('POST /prometheus/api/v1/query');
  expect(asked[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(asked[0]?.headers['x-scope-orgid']).toBe('lab');
  expect(asked[0]?.headers.authorization).toBeUndefined();
  expect(asked[0]?.form.get('query')).toMatch(
    /^\{__name__=~"DCGM_FI_DEV_GPU_UTIL\|[A-Za-z_|]*\|amd_gpu_gfx_activity\|[a-z_|]*\|vllm:prompt_tokens_total\|[a-z_:|]*\|node_network_transmit_bytes_total\|[a-z_|]*",device!~"lo\|veth\.\*\|[a-z.*|]*",cluster="a\}\\"", region=~"eu-\.\*"\}\[120s\]$/,
  );
});

test('what the variable holds is the header, as it is', async () => {
  const env = { TOKEN: 'Basic YWRhOmxvdmU=' };
  const { asked } = await look(matrix([]), { env, settings: { authorizationVariable: 'TOKEN' } });
  expect(asked[0]?.headers.authorization).toBe('Basic YWRhOmxvdmU=');
});

test('each server is an account, each tenant and selector of one too, and none twice', async () => {
  const url = 'https://mimir.example/prometheus';
  const { accounts } = await discover({
    servers: [{ url }, { url: `${url}/` }, { url, tenant: 'a' }, { url, selector: 'c="d"' }],
  });
  expect(accounts.map(({ id }) => id)).toEqual([
    'prometheus:mimir.example/prometheus',
    'prometheus:mimir.example/prometheus, tenant a',
    'prometheus:mimir.example/prometheus, {c="d"}',
  ]);
});

test('without any, PROMETHEUS_URL names one', async () => {
  const { accounts } = await discover(undefined, { PROMETHEUS_URL: 'http://prom:9090/' });
  expect(accounts).toEqual([
    {
      id: 'prometheus:prom:9090',
      source: 'prometheus',
      name: 'prom:9090',
      foundIn: 'PROMETHEUS_URL in the environment',
      options: { url: 'http://prom:9090/' },
    },
  ]);
  const env = { PROMETHEUS_URL: 'http://prom:9090' };
  expect((await discover({ servers: [] }, env)).accounts).toEqual([]);
});

test('a password in PROMETHEUS_URL is neither used nor shown', async () => {
  const { accounts, looked } = await discover(undefined, { PROMETHEUS_URL: 'http://a:secret@p' });
  expect(accounts).toEqual([]);
  expect(looked.at(-1)).toMatch(/^PROMETHEUS_URL: no user and password here/);
  expect(looked.join()).not.toContain('secret');
});

test.each([
  ['no series', matrix([]), false, /no series of GPUs in the last 2 minutes/],
  ['one GPU', matrix(gpu({ DCGM_FI_DEV_GPU_UTIL: 1 })), true, /: 1 GPU on 1 machine$/],
])('of a server with %s the doctor says so', async (_, reply, ok, message) => {
  const { checks } = await look(reply);
  expect(checks[0]).toMatchObject({ capability: 'connect', ok: true });
  expect(checks[1]).toMatchObject({ capability: 'telemetry', ok });
  expect(checks[1]?.message).toMatch(message);
  expect(checks[1]?.remedy === undefined).toBe(ok);
});

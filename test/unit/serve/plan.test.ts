import { pathsFor } from '@burnrate/shared/config/paths.ts';
import { ServeSettings } from '@burnrate/shared/config/serve.ts';
import { planOf, type ServeFlags, urlOf } from '@burnrate/shared/serve/plan.ts';
import { expect, test } from 'vitest';

const paths = pathsFor({ BURNRATE_HOME: '/srv/burnrate' });
const plan = (flags: ServeFlags = {}, settings: unknown = {}) =>
  planOf(flags, ServeSettings.parse(settings), paths);
const tls = { tlsCert: '/etc/tls/cert.pem', tlsKey: '/etc/tls/key.pem' };

test('as it comes, it serves this machine alone', () => {
  expect(plan()).toMatchObject({
    host: '127.0.0.1',
    port: 8443,
    tls: undefined,
    metrics: false,
    tokenFile: '/srv/burnrate/serve-tokens',
  });
});

test.each(['0.0.0.0:8443', '[::]:8443', '10.0.0.1:8443', 'burnrate.example:8443'])(
  'nothing is served on %s without TLS, unless a proxy is said to have it',
  (listen) => {
    expect(() => plan({ listen })).toThrow(/without TLS/);
    expect(() => plan({}, { listen })).toThrow(/without TLS/);
    expect(plan({ listen, ...tls }).tls).toEqual({ cert: tls.tlsCert, key: tls.tlsKey });
    expect(plan({ listen, insecureBehindProxy: true })).toMatchObject({ behindProxy: true });
  },
);

test('with TLS of its own no proxy is believed', () => {
  expect(plan({ ...tls, insecureBehindProxy: true }).behindProxy).toBe(false);
});

test('options go before the file, whose files lie beside it', () => {
  const settings = {
    listen: '0.0.0.0:9000',
    tls: { cert: 'tls/cert.pem', key: '/abs/key.pem' },
    tokenFile: 'tokens',
    hosts: ['a.example'],
    metrics: true,
  };
  expect(plan({}, settings)).toMatchObject({
    port: 9000,
    tls: { cert: '/srv/burnrate/tls/cert.pem', key: '/abs/key.pem' },
    tokenFile: '/srv/burnrate/tokens',
    metrics: true,
  });
  expect(plan({ listen: '127.0.0.1:1', ...tls, host: ['b.example'] }, settings)).toMatchObject({
    port: 1,
    tls: { cert: tls.tlsCert },
    hosts: ['a.example', 'b.example'],
  });
});

test('half a certificate, or no address, is said', () => {
  expect(() => plan({ tlsCert: 'x' })).toThrow(/--tls-key/);
  expect(() => plan({ listen: 'nowhere' })).toThrow(/nowhere is no address/);
  expect(() => plan({}, { listen: '0.0.0.0:70000' })).toThrow(/0\.0\.0\.0:70000 is no address/);
});

test('the address is one that people can open', () => {
  expect(urlOf({ host: '::1', tls: undefined }, 8443)).toBe('http://[::1]:8443');
  expect(urlOf({ host: '0.0.0.0', tls: { cert: '', key: '' } }, 8443)).toMatch(
    /^https:\/\/[^:]+:8443$/,
  );
});

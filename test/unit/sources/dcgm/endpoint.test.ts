import { endpointsOf, parseEndpoint } from '@burnrate/shared/sources/dcgm/endpoint.ts';
import { dcgm } from '@burnrate/shared/sources/dcgm/index.ts';
import { expect, test } from 'vitest';

test.each([
  ['gpu01', 'http://gpu01:9400/metrics', 'gpu01:9400', 'gpu01'],
  ['gpu01:9401', 'http://gpu01:9401/metrics', 'gpu01:9401', 'gpu01'],
  ['gpu01:80', 'http://gpu01/metrics', 'gpu01', 'gpu01'],
  [':9400', 'http://localhost:9400/metrics', 'localhost:9400', 'localhost'],
  ['[fd00::1]:9400', 'http://[fd00::1]:9400/metrics', '[fd00::1]:9400', 'fd00::1'],
  ['[fd00::1]', 'http://[fd00::1]:9400/metrics', '[fd00::1]:9400', 'fd00::1'],
  [
    'GPU01.Example/metrics',
    'http://gpu01.example:9400/metrics',
    'gpu01.example:9400',
    'gpu01.example',
  ],
  ['http://gpu01', 'http://gpu01/metrics', 'gpu01', 'gpu01'],
  [
    'https://proxy.example/node/7/metrics',
    'https://proxy.example/node/7/metrics',
    'proxy.example/node/7/metrics',
    'proxy.example',
  ],
])('%s is %s', (text, url, name, host) => {
  expect(parseEndpoint(text)).toEqual({ endpoint: { url, name, host } });
});

test.each(['', 'http://', 'gpu 01', 'ftp://gpu01', 'http://ada:secret@gpu01', 'gpu01:99999'])(
  'in the settings, "%s" is refused',
  (text) => {
    const { error } = dcgm.settings.safeParse({ endpoints: [text] });
    expect(error?.issues[0]?.path).toEqual(['endpoints', 0]);
    expect(error?.message).not.toContain('secret');
  },
);

test('an exporter that is named twice is asked once', () => {
  expect(endpointsOf(['gpu01', 'http://gpu01:9400/metrics', 'gpu02'])).toHaveLength(2);
});

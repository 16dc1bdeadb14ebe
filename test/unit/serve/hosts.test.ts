import { isLoopback, isOurHost, listenAddress } from '@burnrate/shared/serve/hosts.ts';
import { expect, test } from 'vitest';

const names = [(host: string) => host === 'burnrate.example'];

test.each([
  'localhost',
  'LOCALHOST:8443',
  '127.0.0.1:8443',
  '[::1]:8443',
  'burnrate.example',
  'Burnrate.Example:8443',
  'burnrate.example.',
  // In figures no name can be made to mean this address.
  '10.1.2.3:8443',
  '[2001:db8::1]',
])('%s is ours', (host) => {
  expect(isOurHost(host, names)).toBe(true);
});

test.each([
  undefined,
  '',
  'evil.example',
  'burnrate.example.evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'burnrate.example@evil.example',
  'evil.example#burnrate.example',
  'burnrate.example:8443:80',
  'burnrate.example, evil.example',
  'burnrate.example\tx',
])('%s is none of ours', (host) => {
  expect(isOurHost(host, names)).toBe(false);
});

test('addresses to listen on', () => {
  expect(listenAddress('8443')).toEqual({ host: '127.0.0.1', port: 8443 });
  expect(listenAddress('0.0.0.0:8443')).toEqual({ host: '0.0.0.0', port: 8443 });
  expect(listenAddress('[::]:443')).toEqual({ host: '::', port: 443 });
  expect(listenAddress('node.example:0')).toEqual({ host: 'node.example', port: 0 });
  for (const wrong of ['', 'x', '0.0.0.0:', '0.0.0.0:65536', '::8443:1:2'])
    expect(listenAddress(wrong)).toBeUndefined();
});

test('what only this machine can reach', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1'])
    expect(isLoopback(host)).toBe(true);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'example.com'])
    expect(isLoopback(host)).toBe(false);
});

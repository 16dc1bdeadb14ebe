import { EntrustedKeys } from '@burnrate/shared/collector/entrusted_keys.ts';
import { discoverKeys } from '@burnrate/shared/sources/api_key.ts';
import { lambda } from '@burnrate/shared/sources/lambda/index.ts';
import { PLACES } from '@burnrate/shared/sources/lambda/places.ts';
import { runpod } from '@burnrate/shared/sources/runpod/index.ts';
import type { Source } from '@burnrate/shared/sources/source.ts';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { expect, test } from 'vitest';

const SOURCES = [lambda, runpod] as Source[];
const OWN = { PATH: '/usr/bin', RUNPOD_API_KEY: 'from-the-environment' };

function entrusted() {
  const keys = new EntrustedKeys(SOURCES, OWN);
  return { keys, machine: keys.over({ ...thisMachine(), env: OWN, homedir: '/nowhere' }) };
}

test('a key that a face entrusts is found as if it were in the environment, and says where it is from', async () => {
  const { keys, machine } = entrusted();
  expect((await discoverKeys(PLACES, machine, undefined)).accounts).toEqual([]);
  expect(keys.take({ LAMBDA_API_KEY: 'secret' })).toBe(true);
  expect((await discoverKeys(PLACES, machine, undefined)).accounts).toMatchObject([
    { id: 'lambda:default', foundIn: 'LAMBDA_API_KEY, set in VS Code' },
  ]);
  expect(keys.take({ LAMBDA_API_KEY: null })).toBe(true);
  expect((await discoverKeys(PLACES, machine, undefined)).accounts).toEqual([]);
});

test('it goes before that of the environment, which is back when it is taken back', () => {
  const { keys, machine } = entrusted();
  keys.take({ RUNPOD_API_KEY: 'mine' });
  expect(machine.env.RUNPOD_API_KEY).toBe('mine');
  keys.take({ RUNPOD_API_KEY: null });
  expect(machine.env.RUNPOD_API_KEY).toBe('from-the-environment');
});

test('a program that is given the environment is not given the keys', () => {
  const { keys, machine } = entrusted();
  keys.take({ LAMBDA_API_KEY: 'secret', RUNPOD_API_KEY: 'mine' });
  expect(machine.env.LAMBDA_API_KEY).toBe('secret');
  expect(JSON.stringify({ ...machine.env })).not.toMatch(/secret|mine/);
  expect({ ...machine.env }.PATH).toBe('/usr/bin');
});

test('it is told which systems take a key, and which have one; the same key again changes nothing', () => {
  const { keys } = entrusted();
  const told = () => keys.wanted().map(({ title, variable, set }) => [title, variable, set]);
  expect(told()).toEqual([
    ['Lambda Cloud', 'LAMBDA_API_KEY', false],
    ['RunPod', 'RUNPOD_API_KEY', true],
  ]);
  expect(keys.take({ LAMBDA_API_KEY: 'secret' })).toBe(true);
  expect(keys.take({ LAMBDA_API_KEY: 'secret' })).toBe(false);
  expect(told()[0]).toEqual(['Lambda Cloud', 'LAMBDA_API_KEY', true]);
});

test('nothing but a key of a source can be set, and nothing is where one of several cannot', () => {
  const { keys, machine } = entrusted();
  expect(() => keys.take({ LAMBDA_API_KEY: 'secret', LD_PRELOAD: '/tmp/evil.so' })).toThrow(
    'No source takes an API key as LD_PRELOAD.',
  );
  expect(machine.env.LAMBDA_API_KEY).toBeUndefined();
  expect(machine.env.LD_PRELOAD).toBeUndefined();
});

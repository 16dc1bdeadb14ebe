import { loadConfig } from '@burnrate/shared/config/load.ts';
import { addressOf, StoreSettings } from '@burnrate/shared/config/store.ts';
import { expect, test } from 'vitest';

const load = (text: string) =>
  loadConfig('burnrate.yaml', text, { sources: new Map(), invoices: new Map() });
const messages = (text: string) =>
  load(text).mistakes.map(({ line, message }) => `${line} ${message}`);

test('an address alone is enough', () => {
  const { config, mistakes } = load('store: clickhouse://burnrate@db.example:8123/costs\n');
  expect(mistakes).toEqual([]);
  expect(config.store).toEqual({
    url: 'clickhouse://burnrate@db.example:8123/costs',
    passwordVariable: 'BURNRATE_STORE_PASSWORD',
  });
  expect(load('').config.store).toBeUndefined();
});

test.each([
  ['clickhouse://ada@db.example:9123/costs', 'http://db.example:9123', 'ada', 'costs'],
  ['clickhouse://db.example', 'http://db.example:8123', 'default', 'burnrate'],
  ['clickhouses://db.example/costs', 'https://db.example:8443', 'default', 'costs'],
  ['clickhouse://db.example:8443/?secure=1', 'https://db.example:8443', 'default', 'burnrate'],
  ['clickhouse://a%40b@[::1]:8123/costs', 'http://[::1]:8123', 'a@b', 'costs'],
])('%s is asked at %s', (url, asked, username, database) => {
  expect(addressOf({ url })).toEqual({
    url: asked,
    username,
    database,
    text: `${new URL(asked).host}/${database}`,
  });
});

test('a password in the address is refused, and is in no message', () => {
  const [message] = messages('store: clickhouse://ada:hunter2@db.example/costs\n');
  expect(message).toMatch(
    /^1 .*keep the password out of this address: put it into the variable BURNRATE_STORE_PASSWORD/,
  );
  expect(message).not.toContain('hunter2');
});

test.each([
  ['store: http://db.example', /1 .*give an address such as clickhouse:\/\//],
  ['store: clickhouse://db.example/a-b', /1 .*is the name of a database/],
  ['store: clickhouse://db.example/a?user=x', /1 .*"user" is nothing that can be set here/],
  ['store:\n  url: clickhouse://db.example\n  passwort: x', /3 .*Unrecognized key: "passwort"/],
  [
    'store:\n  url: clickhouse://db.example\n  passwordVariable: hunter2',
    /3 .*name of an environment variable/,
  ],
  [
    'store:\n  url: clickhouse://db\n  password: a\n  passwordFile: b',
    /2 .*either password or passwordFile/,
  ],
])('%j is a mistake, where it stands', (text, expected) => {
  expect(messages(text).join('\n')).toMatch(expected);
});

test('a password in the file is taken from whoever insists', () => {
  expect(StoreSettings.parse({ url: 'clickhouse://db', password: 'x' })?.password).toBe('x');
});

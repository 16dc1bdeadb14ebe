import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Certificate } from '@burnrate/shared/serve/certificate.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { certificate as stored } from '../sources/kubernetes/server.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'burnrate-certificate-'));
  put(stored('server.pem'), stored('server.key'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (cert: string, key: string) => {
  writeFileSync(join(folder, 'tls.crt'), cert);
  writeFileSync(join(folder, 'tls.key'), key);
};
function open() {
  const changes: Buffer[] = [];
  const mistakes: string[] = [];
  const made = new Certificate(
    { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') },
    { change: ({ cert }) => changes.push(cert), mistake: (message) => mistakes.push(message) },
  );
  return { made, changes, mistakes, [Symbol.dispose]: () => made.close() };
}

test('a key that is another’s is refused at the start', () => {
  put(stored('ca.pem'), stored('server.key'));
  expect(open).toThrow(/is not that of the certificate/);
  put('nothing', stored('server.key'));
  expect(open).toThrow(/cannot be used/);
});

test('the pair is taken when both have changed, and a half is said once', () => {
  using stage = open();
  const { made, changes, mistakes } = stage;
  made.look();
  expect(changes).toEqual([]);
  put(stored('ca.pem'), stored('server.key'));
  made.look();
  made.look();
  expect(changes).toEqual([]);
  expect(mistakes).toHaveLength(1);
  expect(mistakes[0]).toContain('stays in force');
  expect(made.identity.cert.toString()).toBe(stored('server.pem'));
  // With what it is signed by after it, it is another file.
  put(`${stored('server.pem')}${stored('ca.pem')}`, stored('server.key'));
  made.look();
  expect(changes).toHaveLength(1);
});

test('it says for whom it is, and until when', () => {
  using stage = open();
  expect(stage.made.names('evil.example')).toBe(false);
  expect(stage.made.expiresAt).toBeGreaterThan(Date.parse('2026-01-01'));
});

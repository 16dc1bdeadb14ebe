import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lab } from './lab.ts';
import { withCertificate, withToken } from './machine.ts';
import { NOW, node, pod } from './objects.ts';
import { certificate, TOKEN } from './server.ts';

const things = () => [node('gpu-1'), pod('train', { on: 'gpu-1' })];

test.each([
  ['a token', withToken, 'ada@example.com'],
  ['a client certificate', withCertificate, 'ada'],
])('signs in by %s', async (_, user, name) => {
  await using place = await lab(things(), { user });
  expect(await place.jobs()).toHaveLength(1);
  expect(place.server.asked.at(-1)?.user).toBe(name);
});

test('files that a kubeconfig names are found beside it, and read afresh when they are refused', async () => {
  const token = '/home/ada/.kube/token';
  const files = { [token]: 'old-token\n' };
  await using place = await lab(things(), { user: 'tokenFile: token', files });
  await expect(place.jobs()).rejects.toMatchObject({
    kind: 'denied',
    remedy: expect.stringContaining(token),
  });
  files[token] = TOKEN;
  expect(await place.jobs()).toHaveLength(1);
});

test('a file that a kubeconfig names and that is not there is told by its name', async () => {
  await using place = await lab(things(), { user: 'tokenFile: token' });
  await expect(place.jobs()).rejects.toMatchObject({
    kind: 'not-configured',
    message: expect.stringContaining('/home/ada/.kube/token'),
  });
});

test('a way in that Kubernetes has removed is told as such', async () => {
  await using place = await lab(things(), { user: 'auth-provider: {name: gcp, config: {}}' });
  await expect(place.jobs()).rejects.toMatchObject({
    kind: 'not-configured',
    message: expect.stringContaining('auth-provider gcp'),
  });
});

test('acts as somebody else where the kubeconfig says so', async () => {
  await using place = await lab(things(), {
    user: `${withToken}\n    as: bob\n    as-groups: [team, admins]`,
  });
  await place.jobs();
  const { headers } = place.server.asked.at(-1) ?? {};
  expect(headers?.['impersonate-user']).toBe('bob');
  expect(place.server.asked.at(-1)?.groups).toEqual(['team', 'admins']);
});

describe.skipIf(process.platform === 'win32')('a credential plugin', () => {
  let folder: string;
  const script = () => join(folder, 'get-token');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'burnrate-plugin-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function write(body: string) {
    writeFileSync(script(), `#!/bin/sh\necho run >> ${folder}/runs\n${body}\n`);
    chmodSync(script(), 0o755);
  }

  const runs = () => readFileSync(join(folder, 'runs'), 'utf8').trim().split('\n').length;

  const credential = (status: object, version = 'v1') =>
    `cat <<'END'\n${JSON.stringify({ apiVersion: `client.authentication.k8s.io/${version}`, kind: 'ExecCredential', status })}\nEND`;

  const user = (more = '', version = 'v1') =>
    [
      'exec:',
      `      apiVersion: client.authentication.k8s.io/${version}`,
      `      command: ${script()}`,
      '      args: [--cluster, lab]',
      '      env: [{name: AWS_PROFILE, value: dev}]',
      '      interactiveMode: IfAvailable',
      more,
    ].join('\n');

  const place = (more?: string, version?: string) =>
    lab(things(), {
      user: user(more, version),
      present: { run: thisMachine().run, env: process.env },
    });

  test('is run once while its token is good, and told what kubectl tells it', async () => {
    write(
      `printf '%s' "$KUBERNETES_EXEC_INFO" > ${folder}/info; echo "$1 $2 $AWS_PROFILE" > ${folder}/args\n${credential({ token: TOKEN, expirationTimestamp: new Date(NOW + 900_000).toISOString() })}`,
    );
    await using there = await place('      provideClusterInfo: true');
    expect(await there.jobs()).toHaveLength(1);
    await there.jobs();
    expect(runs()).toBe(1);
    expect(readFileSync(join(folder, 'args'), 'utf8').trim()).toBe('--cluster lab dev');
    expect(JSON.parse(readFileSync(join(folder, 'info'), 'utf8'))).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: {
          server: there.server.url,
          'certificate-authority-data': Buffer.from(certificate('ca.pem')).toString('base64'),
        },
      },
    });
  });

  test('is run again where its token has expired, or is refused', async () => {
    write(credential({ token: TOKEN, expirationTimestamp: new Date(NOW + 30_000).toISOString() }));
    await using soon = await place();
    await soon.jobs();
    const first = runs();
    await soon.jobs();
    expect(runs()).toBeGreaterThan(first);

    write(credential({ token: 'revoked' }));
    await using there = await place();
    await expect(there.jobs()).rejects.toMatchObject({
      kind: 'denied',
      remedy: expect.stringContaining('get-token --cluster lab'),
    });
    write(credential({ token: TOKEN }));
    expect(await there.jobs()).toHaveLength(1);
  });

  test('may give a certificate, and speak the beta', async () => {
    const status = {
      clientCertificateData: certificate('ada.pem'),
      clientKeyData: certificate('ada.key'),
    };
    write(credential(status, 'v1beta1'));
    await using there = await place('', 'v1beta1');
    expect(await there.jobs()).toHaveLength(1);
    expect(there.server.asked.at(-1)?.user).toBe('ada');
  });

  test.each([
    [
      'fails',
      `echo 'Error: SSO session has expired' >&2; echo ${TOKEN}; exit 255`,
      'denied',
      /SSO session has expired/,
    ],
    ['prints something else', `echo '{"token":"${TOKEN}"}'`, 'denied', /no ExecCredential/],
    [
      'answers in another version',
      credential({ token: TOKEN }, 'v1beta1'),
      'denied',
      /though asked for/,
    ],
    ['gives nothing', credential({}), 'denied', /neither a token nor/],
  ])('that %s says so, and not what it printed', async (_, body, kind, message) => {
    write(body);
    await using there = await place();
    const error = await there.observe().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind, message: expect.stringMatching(message) });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(TOKEN);
    expect(there.server.asked).toEqual([]);
  });

  test('that is not installed is told with the hint of whoever wrote the kubeconfig', async () => {
    await using there = await place('      installHint: "Install it from the portal"');
    await expect(there.jobs()).rejects.toMatchObject({
      kind: 'not-configured',
      remedy: 'Install it from the portal',
    });
  });

  test("of AWS is renewed by AWS's own command, with its profile", async () => {
    write(credential({ token: 'revoked' }));
    const aws = user().replace(script(), 'aws');
    const { run } = thisMachine();
    await using there = await lab(things(), {
      user: aws,
      present: { run: (_, args, options) => run(script(), args, options), env: process.env },
    });
    await expect(there.jobs()).rejects.toMatchObject({
      remedy: expect.stringContaining('aws sso login --profile dev'),
    });
  });
});

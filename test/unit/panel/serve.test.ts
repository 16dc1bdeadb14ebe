import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servePage } from '@burnrate/shared/panel/host/serve.ts';
import type { HostToPage } from '@burnrate/shared/protocol/page.ts';
import { expect, test } from 'vitest';
import { Home, isAlive, kill, snapshotWhere, until } from '../collector/live.ts';

/** A page served over a real collector with one job, and what ends with the test. */
async function served() {
  const home = new Home();
  const folder = home.folder('lab');
  home.configure({ sources: { processes: { folders: [folder] } } });
  const job = home.job(folder, { name: 'train' });
  const link = await home.connect();
  await snapshotWhere(link, 'the job', (snapshot) => snapshot.jobs[0]?.state === 'running');
  const files = mkdtempSync(join(tmpdir(), 'burnrate-panel-'));
  writeFileSync(join(files, 'panel.js'), 'document.title = 1;');
  writeFileSync(join(files, 'panel.css'), 'body {}');
  writeFileSync(join(files, 'secret.txt'), 'not for browsers');
  const page = await servePage({ link, files });
  const url = new URL(page.url);
  return {
    home,
    job,
    link,
    page,
    url,
    ask: (path: string, options: Ask = {}) => ask(new URL(path, url), options),
    [Symbol.asyncDispose]: async () => {
      await page.close();
      rmSync(files, { recursive: true, force: true });
      await home[Symbol.asyncDispose]();
    },
  };
}

interface Ask extends RequestOptions {
  body?: string;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Plain HTTP, with whatever headers: `fetch` would not let a test lie about its host or origin. */
function ask(url: URL, { body, ...options }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const question = (name: string, params: unknown = {}) =>
  JSON.stringify({ type: 'request', id: 7, name, params });
const post = (body: string, headers: Record<string, string> = {}): Ask => ({
  method: 'POST',
  body,
  headers: { ...JSON_TYPE, ...headers },
});

/** Messages of one event stream, as they come. */
async function listen(url: URL) {
  const messages: HostToPage[] = [];
  const closing = new AbortController();
  const response = await fetch(new URL('events', url), { signal: closing.signal });
  const reading = (async () => {
    let rest = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const events = (rest + chunk).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        if (event.startsWith('data: ')) messages.push(JSON.parse(event.slice(6)) as HostToPage);
      }
    }
  })().catch(() => {
    // The stream ends when the test does.
  });
  return {
    messages,
    close: async () => {
      closing.abort();
      await reading;
    },
  };
}

test('the page and its two files are served under the secret, and nothing else is', async () => {
  await using stage = await served();
  const { ask, url } = stage;
  const page = await ask('./');
  expect(page.status).toBe(200);
  const [nonce] = /(?<=nonce=")[^"]+/.exec(page.text) ?? [];
  const csp = String(page.headers['content-security-policy']);
  expect(csp).toContain(`script-src 'nonce-${nonce}'`);
  expect(csp).toContain("default-src 'none'");
  expect(csp).toContain("frame-ancestors 'none'");
  expect(csp).not.toContain('unsafe');
  expect((await ask('./')).text).not.toContain(nonce);
  expect(page.headers['referrer-policy']).toBe('no-referrer');

  expect(await ask('panel.js')).toMatchObject({ status: 200, text: 'document.title = 1;' });
  expect((await ask('panel.css')).headers['content-type']).toContain('text/css');
  for (const path of ['secret.txt', '..%2fsecret.txt', 'panel.js/more', 'constructor']) {
    expect((await ask(path)).status, path).toBe(404);
  }
  for (const path of ['/', '/panel.js', `${url.pathname.slice(0, -2)}/panel.js`, '/x/events']) {
    expect((await ask(path)).status, path).toBe(404);
  }
  expect((await ask('./', { method: 'DELETE' })).status).toBe(405);
  // No other site's page may read any of it.
  expect(page.headers).not.toHaveProperty('access-control-allow-origin');
  expect((await ask('./', { method: 'OPTIONS', headers: { origin: 'http://x' } })).status).toBe(
    405,
  );
});

test('a name that someone points at this machine does not open the page', async () => {
  await using stage = await served();
  const { ask, url } = stage;
  for (const host of ['evil.example', `evil.example:${url.port}`, '127.0.0.1.evil.example']) {
    expect((await ask('./', { headers: { host } })).status, host).toBe(421);
  }
  expect((await ask('./', { headers: { host: `localhost:${url.port}` } })).status).toBe(200);
});

test('only the page itself may ask or listen', async () => {
  await using stage = await served();
  const { ask, job, url } = stage;
  const stop = question('stop', { jobId: job.id, action: `Send SIGTERM to process ${job.pid}` });
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
  ];
  for (const headers of foreign) {
    expect((await ask('request', post(stop, headers))).status, JSON.stringify(headers)).toBe(403);
  }
  const listening = await ask('events', { headers: { 'sec-fetch-site': 'cross-site' } });
  expect(listening.status).toBe(403);
  expect(isAlive(job.pid)).toBe(true);
  const own = { origin: url.origin, 'sec-fetch-site': 'same-origin' };
  expect((await ask('request', post(question('snapshot'), own))).status).toBe(200);
});

test('a page may ask what people can click there, and no more', async () => {
  await using stage = await served();
  const { ask, job } = stage;
  const answer = async (body: string) => JSON.parse((await ask('request', post(body))).text);
  expect(await answer(question('planStop', { jobId: job.id }))).toMatchObject({
    type: 'result',
    id: 7,
    result: { action: `Send SIGTERM to process ${job.pid}` },
  });
  for (const name of ['retire', 'claimAlerts', 'constructor', '__proto__']) {
    expect(await answer(question(name, { reason: 'x', id: 'x' }))).toMatchObject({ type: 'error' });
  }
  expect(await answer(question('planStop', { jobId: 3 }))).toMatchObject({ type: 'error', id: 7 });
  for (const body of ['', '{', 'null', '[]', '{"type":"ready"}']) {
    expect((await ask('request', post(body))).status, body).toBe(400);
  }
});

test('a question that is too long is refused before it is read, and the server goes on', async () => {
  await using stage = await served();
  const { ask, url } = stage;
  const long = question('planStop', { jobId: 'x'.repeat(65 * 1024) });
  expect((await ask('request', post(long))).status).toBe(413);
  // One that never ends: the server hangs up by itself.
  const socket = connect(Number(url.port), '127.0.0.1');
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {
    // It may be reset while it still sends.
  });
  socket.write(
    `POST ${url.pathname}request HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  const feeding = setInterval(() => socket.writable && socket.write(chunk), 5);
  await closed;
  clearInterval(feeding);
  expect(answer).toContain('413');
  expect((await ask('request', post(question('snapshot')))).status).toBe(200);
});

test('every tab gets the state at once and each change, however many there are', async () => {
  await using stage = await served();
  const { home, url } = stage;
  const tabs = await Promise.all(Array.from({ length: 40 }, () => listen(url)));
  for (const { messages } of tabs) {
    await until('the first state', () => messages.some(({ type }) => type === 'snapshot'));
    expect(messages[0]).toEqual({ type: 'connected', connected: true });
  }
  home.job(home.folder('lab'), { name: 'evaluate' });
  for (const { messages } of tabs) {
    await until('the new job', () => {
      const last = messages.findLast((message) => message.type === 'snapshot');
      return last?.snapshot.jobs.some(({ name }) => name === 'evaluate');
    });
  }
  await Promise.all(tabs.map((tab) => tab.close()));
});

test('a tab hears that the collector is gone, and when it is back', async () => {
  await using stage = await served();
  const { link, url } = stage;
  const tab = await listen(url);
  await until('the first state', () => tab.messages.some(({ type }) => type === 'snapshot'));
  kill(link.welcome.pid, 'SIGKILL');
  const changes = () =>
    tab.messages.flatMap((one) => (one.type === 'connected' ? one.connected : []));
  await until('the loss and the return', () => changes().length >= 3);
  expect(changes()).toEqual([true, false, true]);
  await tab.close();
});

test('closing ends every stream and frees the port', async () => {
  await using stage = await served();
  const { page, url } = stage;
  const tab = await listen(url);
  await page.close();
  await tab.close();
  await expect(fetch(url)).rejects.toThrow();
});

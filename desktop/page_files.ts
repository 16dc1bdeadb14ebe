import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pageCsp, pageHtml } from '@burnrate/shared/panel/host/html.ts';

const FILES: Readonly<Record<string, string>> = {
  '/panel.js': 'text/javascript; charset=utf-8',
  '/panel.css': 'text/css; charset=utf-8',
};

/**
 * What answers the window's requests: the page, under its policy, and the two files that it is
 * made of. Whatever else is asked for is not there, whoever asks.
 */
export function pageFiles(folder: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== 'GET') return refusal(405, 'This address answers GET only.');
    if (pathname === '/') return page();
    const type = FILES[pathname];
    if (!type) return refusal(404, 'There is no such file.');
    const content = await readFile(join(folder, pathname.slice(1)));
    return new Response(new Uint8Array(content), { headers: { ...plain, 'content-type': type } });
  };
}

const plain = {
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

function page(): Response {
  const nonce = randomBytes(16).toString('base64');
  const csp = pageCsp({ source: "'self'", nonce });
  return new Response(pageHtml({ csp, nonce, base: './' }), {
    headers: {
      ...plain,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `${csp}; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
    },
  });
}

function refusal(status: number, why: string): Response {
  return new Response(`${why}\n`, { status, headers: plain });
}

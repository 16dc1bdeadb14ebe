import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { TOKEN } from './open.ts';

/** A token endpoint that takes forms, as https://oauth2.googleapis.com/token does. */
export async function withTokenServer(
  answer: (form: URLSearchParams) => { status: number; body: unknown },
  task: (url: string, forms: URLSearchParams[]) => Promise<void>,
): Promise<void> {
  const forms: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const form = new URLSearchParams(body);
      forms.push(form);
      const reply = answer(form);
      response.writeHead(reply.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(reply.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await task(`http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, forms);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** A token for an hour. */
export const granted = {
  status: 200,
  body: { access_token: TOKEN, expires_in: 3599, token_type: 'Bearer' },
};

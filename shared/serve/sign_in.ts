import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** The form where a browser shows its token. It needs no script, so that it allows none. */
const FORM = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Burnrate: sign in</title>
    <style nonce="{{nonce}}">
      body { font: 15px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 18vh auto; padding: 0 1rem }
      input, button { font: inherit; padding: .5rem .7rem; width: 100%; box-sizing: border-box; margin-top: .5rem }
      .wrong { color: #c2410c }
    </style>
  </head>
  <body>
    <main>
      <h1>Burnrate</h1>
      {{wrong}}
      <form method="post" action="login">
        <label for="token">Your token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
        <button>Sign in</button>
      </form>
    </main>
  </body>
</html>
`;

/** Sends the form; `wrong` says, for people, why the last try failed. */
export function sendSignIn(response: ServerResponse, status: number, wrong?: string): void {
  const nonce = randomBytes(16).toString('base64');
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    // With none at all, browsers would not say whence the form comes, and it would be refused.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  const said = wrong === undefined ? '' : `<p class="wrong" role="alert">${wrong}</p>`;
  response.end(FORM.replace('{{nonce}}', nonce).replace('{{wrong}}', said));
}

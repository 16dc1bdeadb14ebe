/** What each host of the page fills in. */
export interface PageOptions {
  /** The Content-Security-Policy, repeated in the page where the host cannot send headers. */
  csp: string;
  /** Fresh and unguessable for each page: the only script that runs is the one that carries it. */
  nonce: string;
  /** Where panel.js and panel.css lie, with its slash: `./`, or a webview's own address. */
  base: string;
}

const TEMPLATE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="{{csp}}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <title>Burnrate</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="{{base}}panel.css">
    <script type="module" nonce="{{nonce}}" src="{{base}}panel.js"></script>
  </head>
  <body>
    <div id="page"><noscript>Burnrate needs JavaScript to show your burn rate.</noscript></div>
  </body>
</html>
`;

/** The page's HTML for one host. Every value is escaped for the attribute it stands in. */
export function pageHtml(options: PageOptions): string {
  const values: Record<string, string> = { ...options };
  return TEMPLATE.replace(/\{\{(\w+)\}\}/g, (_, name: string) => escapeAttribute(values[name]));
}

/**
 * The strictest policy the page works under: its own stylesheet, its own script by nonce, and
 * nothing else. `source` is where those files come from; `connect` what the script may talk to
 * (nothing, where the host carries the messages itself).
 */
export function pageCsp(options: { source: string; nonce: string; connect?: string }): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${options.nonce}'`,
    `style-src ${options.source}`,
    `img-src ${options.source} data:`,
    `font-src ${options.source}`,
    `connect-src ${options.connect ?? "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function escapeAttribute(text = ''): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

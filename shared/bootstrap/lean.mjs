import { readFile } from 'node:fs/promises';
import http from 'node:http';

/** Node's modules of which an export loads another HTTP client (undici, for `WebSocket`) when it is read. */
const WITH_COSTLY_EXPORTS = /^(node:)?http$/;
/** The names of the others: what is costly is made when it is first asked for. */
const CHEAP = Object.entries(Object.getOwnPropertyDescriptors(http))
  .filter(([name, { get }]) => !get || name === 'globalAgent' || name === 'maxHeaderSize')
  .map(([name]) => name)
  .join(', ');

/**
 * Leaves out of bundles what nothing uses but esbuild cannot know to be unused: all of it would be
 * loaded, and held for as long as the collector runs (some 30 MB).
 */
export const lean = {
  name: 'lean',
  setup(build) {
    // Each AWS client describes all of its operations in one module, as arrays with computed keys,
    // which might have side effects. Made by a function that is marked pure, the others can go.
    build.onLoad(
      { filter: /[\\/]@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]\w+\.js$/ },
      async ({ path }) => ({
        contents: (await readFile(path, 'utf8')).replace(
          /^((?:export )?var \w+\$? = )(\[[\s\S]*?\n?\]);$/gm,
          '$1/* @__PURE__ */ (() => $2)();',
        ),
      }),
    );
    // Zod offers its messages in some fifty languages; English is imported beside them.
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
    // To import one of Node's modules reads all of its exports; these are those that cost nothing.
    build.onResolve({ filter: WITH_COSTLY_EXPORTS }, ({ path, kind }) =>
      kind === 'require-call' ? undefined : { path, namespace: 'lean' },
    );
    build.onLoad({ filter: WITH_COSTLY_EXPORTS, namespace: 'lean' }, ({ path }) => ({
      contents: `const all = require('${path}'); export default all; export const { ${CHEAP} } = all;`,
    }));
  },
};

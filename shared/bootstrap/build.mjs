import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { lean } from './lean.mjs';
import { main, root } from './setup.mjs';

const require = createRequire(import.meta.url);
const shared = join(root, 'shared');

/** What a bundle may not contain: native modules, programs, and what its host provides. */
const EXTERNAL = ['better-sqlite3', 'node-notifier', 'electron', 'vscode'];

/** ESM output has no `require`; bundled CommonJS packages still ask for Node's own modules by it. */
const REQUIRE_IN_ESM =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

const base = {
  bundle: true,
  minify: true,
  sourcemap: false,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [lean],
};
const onNode = {
  ...base,
  platform: 'node',
  target: 'node20',
  external: EXTERNAL,
  mainFields: ['module', 'main'],
};

/** What the core is made of: the demo's simulated fleet comes from the tests. */
const CORE_INPUTS = ['shared', join('test', 'fleet')];

/** The collector, the command line, the fleet, and what decodes Parquet for them: one folder, SDKs in chunks loaded on demand. */
const core = {
  ...onNode,
  entryPoints: {
    collector: join(shared, 'collector', 'main.ts'),
    burnrate: join(shared, 'cli', 'main.ts'),
    parquet: join(shared, 'invoices', 'table', 'parquet_decoder.ts'),
    fleet: join(root, 'test', 'fleet', 'main.ts'),
  },
  format: 'esm',
  splitting: true,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  banner: { js: REQUIRE_IN_ESM },
};

const panel = {
  ...base,
  entryPoints: { panel: join(shared, 'panel', 'main.tsx') },
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
};

/**
 * Most windows need no language client: it is a file of its own, loaded on demand. What speaks
 * JSON-RPC is another one, which both load; CommonJS bundles share nothing by themselves.
 */
const filesOfTheirOwn = {
  name: 'files-of-their-own',
  setup(build) {
    const apart = (filter, path) =>
      build.onResolve({ filter }, ({ kind }) =>
        kind === 'entry-point' ? undefined : { path, external: true },
      );
    apart(/^\.\/language_client\.ts$/, './language_client.js');
    apart(/^vscode-jsonrpc(\/node)?(\.js)?$/, './jsonrpc.js');
  },
};
const extension = {
  ...onNode,
  plugins: [lean, filesOfTheirOwn],
  entryPoints: {
    extension: join(root, 'extension', 'extension.ts'),
    language_client: join(root, 'extension', 'language_client.ts'),
    jsonrpc: 'vscode-jsonrpc/node',
  },
  format: 'cjs',
};

const desktop = {
  ...onNode,
  entryPoints: {
    main: join(root, 'desktop', 'main.ts'),
    preload: join(root, 'desktop', 'preload.ts'),
  },
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
};

/**
 * The core in `outdir`, with its page and its policies; and, for tests, `more` programs by name,
 * that share its chunks. Native modules are left to whoever ships it.
 */
export async function buildCore(outdir, more = {}) {
  const { build } = await import('esbuild');
  await build({ ...core, entryPoints: { ...core.entryPoints, ...more }, outdir });
  await buildPanel(join(outdir, 'panel'));
  copyPolicies(join(outdir, 'policies'));
}

/** The page alone, as panel.js and panel.css in `outdir`; main.tsx brings its stylesheet along. */
export async function buildPanel(outdir) {
  const { build } = await import('esbuild');
  await build({ ...panel, outdir });
}

/**
 * Bundles every part into its `dist`. Each is made beside its place and then moved there, so that
 * a running product is never half replaced; one whose inputs have not changed is left alone.
 */
export async function buildAll() {
  const { build } = await import('esbuild');
  await make(join(shared, 'dist'), CORE_INPUTS, async (out) => {
    await buildCore(out);
    copyNative(join(out, 'node_modules'));
  });
  await make(join(root, 'extension', 'dist'), [...CORE_INPUTS, 'extension'], async (out) => {
    await build({ ...extension, outdir: out });
    cpSync(join(shared, 'dist'), join(out, 'collector'), { recursive: true });
    renameSync(join(out, 'collector', 'panel'), join(out, 'panel'));
  });
  await make(join(root, 'desktop', 'dist'), [...CORE_INPUTS, 'desktop'], async (out) => {
    await build({ ...desktop, outdir: out });
    cpSync(join(shared, 'dist'), join(out, 'collector'), { recursive: true });
    renameSync(join(out, 'collector', 'panel'), join(out, 'panel'));
  });
}

/** Packages that must stay as they are, with the packages they need. */
function copyNative(into) {
  for (const name of withDependencies(['better-sqlite3', 'node-notifier'])) {
    const from = packageFolder(name);
    cpSync(from, join(into, name), {
      recursive: true,
      filter: (path) => isNeeded(relative(from, path)),
    });
  }
}

/** What each cloud must allow, for `burnrate doctor --policy`: files in the folders of their parts. */
function copyPolicies(into) {
  for (const part of ['sources', 'invoices']) {
    for (const name of readdirSync(join(shared, part), { recursive: true })) {
      if (/[\\/](policy-)?(read|stop|telemetry)\.(json|yaml)$/.test(name)) {
        cpSync(join(shared, part, name), join(into, part, name));
      }
    }
  }
}

/** Sources of native modules are for those who compile them. */
function isNeeded(path) {
  return !/^(deps|src|docs|test|example|node_modules)([/\\]|$)|binding\.gyp$|\.md$/i.test(path);
}

function withDependencies(names) {
  const found = new Set();
  const visit = (name, from) => {
    if (found.has(name)) return;
    found.add(name);
    const folder = packageFolder(name, from);
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    // node-addon-api is C++ headers: used when compiling, never when running.
    for (const dependency of Object.keys(dependencies)) {
      if (dependency !== 'node-addon-api') visit(dependency, folder);
    }
  };
  for (const name of names) visit(name, root);
  return found;
}

function packageFolder(name, from = root) {
  for (const folder of require.resolve.paths(name) ?? []) {
    if (existsSync(join(folder, name, 'package.json'))) return join(folder, name);
  }
  throw new Error(`${name} is not installed (asked for by ${from})`);
}

async function make(target, inputs, build) {
  const stamp = join(target, '.inputs');
  const wanted = hashOf(inputs);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const fresh = `${target}.${process.pid}`;
  const old = `${fresh}.old`;
  mkdirSync(fresh, { recursive: true });
  try {
    await build(fresh);
    writeFileSync(join(fresh, '.inputs'), wanted);
    if (existsSync(target)) renameSync(target, old);
    renameSync(fresh, target);
  } finally {
    rmSync(old, { recursive: true, force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Names, sizes and times of every input: cheap, and changes whenever one of them does. */
function hashOf(folders) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('dist') || entry.name === 'node_modules') continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else {
        const { size, mtimeMs } = statSync(path);
        hash.update(`${path} ${size} ${mtimeMs}\n`);
      }
    }
  };
  for (const folder of folders) visit(join(root, folder));
  return hash.digest('hex');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(async () => {
    await buildAll();
    return 0;
  });
}

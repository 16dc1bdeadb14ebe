import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, sep } from 'node:path';
import { PlainFailure, root } from './setup.mjs';

/**
 * The targets of the marketplace that the native module has a binary for, each with the name of
 * that binary and with the folder of node-notifier's programs, where it needs any.
 */
const TARGETS = {
  'linux-x64': { binary: 'linux-x64' },
  'linux-arm64': { binary: 'linux-arm64' },
  'alpine-x64': { binary: 'linuxmusl-x64' },
  'alpine-arm64': { binary: 'linuxmusl-arm64' },
  'darwin-x64': { binary: 'darwin-x64', programs: /^mac\.noindex/ },
  'darwin-arm64': { binary: 'darwin-arm64', programs: /^mac\.noindex/ },
  'win32-x64': { binary: 'win32-x64', programs: /^(notifu|snoreToast)/ },
  'win32-arm64': { binary: 'win32-arm64', programs: /^(notifu|snoreToast)/ },
};

const extension = join(root, 'extension');
const release = join(root, 'release');

/** What an installed extension has beside its `dist`. */
const FILES = [
  'package.nls.json',
  'package.nls.de.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'media',
  'l10n',
];

/** What must never be in a package: what only those need who build or test it. */
const SUPERFLUOUS = [
  /\.(ts|tsx|mts|map|vsix|log)$/,
  /(^|\/)(test|tests|docs|\.github)\//,
  /\.inputs$/,
];

/**
 * Makes a VSIX for each target, by default this machine's, `all` for every one; answers a line
 * about each. What goes in is copied to a folder of its own first: no ignore list to keep right.
 */
export async function packageVsix(wanted) {
  const targets = wanted.includes('all')
    ? Object.keys(TARGETS)
    : wanted.length > 0
      ? wanted
      : [thisMachine()];
  mkdirSync(release, { recursive: true });
  const lines = [];
  for (const target of targets) {
    if (!TARGETS[target]) {
      throw new PlainFailure(
        `${target} is no target of the extension: ${Object.keys(TARGETS).join(', ')}, or all`,
      );
    }
    lines.push(await packageFor(target));
  }
  return lines;
}

function thisMachine() {
  const musl =
    process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
  return `${musl ? 'alpine' : process.platform}-${process.arch}`;
}

async function packageFor(target) {
  const { createVSIX, listFiles, PackageManager } = await import('@vscode/vsce');
  mkdirSync(join(root, '.build'), { recursive: true });
  const stage = mkdtempSync(join(root, '.build', 'vsix-'));
  // Moved to its place when it is whole: somebody may be about to install the one of before.
  const fresh = `${stage}.vsix`;
  try {
    const { version } = fillStage(stage, TARGETS[target]);
    checkFiles(
      await listFiles({ cwd: stage, packageManager: PackageManager.None }),
      TARGETS[target],
    );
    const packagePath = join(release, `burnrate-${version}-${target}.vsix`);
    await createVSIX({
      cwd: stage,
      packagePath: fresh,
      target,
      dependencies: false,
      allowMissingRepository: true,
      // Where the project is published nowhere, pictures are shown from the package itself.
      rewriteRelativeLinks: repository() !== undefined,
    });
    renameSync(fresh, packagePath);
    const megabytes = (statSync(packagePath).size / 1e6).toFixed(1);
    return `${relative(root, packagePath)} (${megabytes} MB)`;
  } finally {
    for (const path of [stage, fresh]) rmSync(path, { recursive: true, force: true });
  }
}

/** The address of the clone's GitHub remote, by which a marketplace finds pictures; or undefined. */
function repository() {
  const { stdout } = spawnSync('git', ['remote', 'get-url', 'origin'], {
    cwd: root,
    encoding: 'utf8',
  });
  const [, name] = /github\.com[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\s*$/.exec(stdout ?? '') ?? [];
  return name && `https://github.com/${name}`;
}

/** Copies what the target needs; answers the manifest. */
function fillStage(stage, { binary, programs }) {
  const manifest = JSON.parse(readFileSync(join(extension, 'package.json'), 'utf8'));
  // Nothing of the stage is to be left out, which vsce wants to be told.
  writeFileSync(join(stage, '.vscodeignore'), '');
  const { devDependencies, dependencies, private: _, ...shipped } = manifest;
  const url = repository();
  const published = { ...shipped, ...(url && { repository: { type: 'git', url } }) };
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  for (const name of FILES) {
    if (!existsSync(join(extension, name))) throw new PlainFailure(`extension/${name} is missing`);
    cpSync(join(extension, name), join(stage, name), {
      recursive: true,
      filter: (path) => !path.endsWith('.mjs'),
    });
  }
  const dist = join(extension, 'dist');
  if (!existsSync(join(dist, 'extension.js'))) {
    throw new PlainFailure('The extension is not built: npm run build');
  }
  cpSync(dist, join(stage, 'dist'), {
    recursive: true,
    filter: (path) => isShipped(relative(dist, path).split(sep).join('/'), binary, programs),
  });
  return manifest;
}

const MODULES = 'collector/node_modules/';

/** Whether a target needs a file of `dist`: not other machines' binaries, nor what compilers need. */
function isShipped(path, binary, programs) {
  if (SUPERFLUOUS.some((pattern) => pattern.test(path))) return false;
  const prebuilt = path.match(/better-sqlite3\/prebuilds\/(.+)$/)?.[1];
  if (prebuilt) return prebuilt === `${binary}.node`;
  const vendored = path.match(/node-notifier\/vendor\/(.+)$/)?.[1];
  if (vendored) return programs?.test(vendored) ?? false;
  return !path.startsWith(`${MODULES}better-sqlite3/build`);
}

/** Looks at what vsce would put in: exactly one binary, and nothing superfluous. */
function checkFiles(files, { binary }) {
  const superfluous = files.filter((file) => SUPERFLUOUS.some((pattern) => pattern.test(file)));
  const binaries = files.filter((file) => file.endsWith('.node'));
  const needed = [
    'dist/extension.js',
    'dist/language_client.js',
    'dist/jsonrpc.js',
    'dist/collector/collector.mjs',
    'dist/collector/burnrate.mjs',
    'dist/panel/panel.js',
    'dist/panel/panel.css',
  ].filter((file) => !files.includes(file));
  if (superfluous.length > 0 || needed.length > 0 || binaries.length !== 1) {
    throw new PlainFailure(
      [
        'The package would not be right.',
        ...superfluous.map((file) => `superfluous: ${file}`),
        ...needed.map((file) => `missing: ${file}`),
        ...(binaries.length === 1 ? [] : [`one binary (${binary}) is due, not ${binaries.length}`]),
      ].join('\n'),
    );
  }
}

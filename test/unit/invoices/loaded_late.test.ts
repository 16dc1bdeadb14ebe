import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const INVOICES = fileURLToPath(new URL('../../../shared/invoices/', import.meta.url));

/** What is loaded with a reader, and what is only when it first reads: names of packages' files. */
async function partsOf(reader: string): Promise<{ atOnce: string[]; later: string[] }> {
  const { metafile } = await build({
    entryPoints: [`${INVOICES}${reader}/index.ts`],
    outdir: '/nonexistent',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
  });
  const names = Object.keys(metafile.outputs);
  const atOnce = new Set(
    names.filter((name) => metafile.outputs[name]?.entryPoint?.endsWith(`${reader}/index.ts`)),
  );
  // A set that grows while it is gone through: chunks that chunks import.
  for (const name of atOnce)
    for (const { kind, path } of metafile.outputs[name]?.imports ?? [])
      if (kind === 'import-statement' && path in metafile.outputs) atOnce.add(path);
  const inputsOf = (some: readonly string[]) =>
    some.flatMap((name) => Object.keys(metafile.outputs[name]?.inputs ?? {}));
  return {
    atOnce: inputsOf([...atOnce]),
    later: inputsOf(names.filter((name) => !atOnce.has(name))),
  };
}

test.each([
  ['gcp', '/@google-cloud/bigquery/'],
  ['azure', '/@azure/arm-costmanagement/'],
])('the provider’s client for %s takes no memory until a bill is read', async (reader, client) => {
  const { atOnce, later } = await partsOf(reader);
  expect(atOnce.some((path) => path.endsWith(`invoices/${reader}/index.ts`))).toBe(true);
  expect(atOnce.filter((path) => path.includes(client))).toEqual([]);
  expect(later.some((path) => path.includes(client))).toBe(true);
});

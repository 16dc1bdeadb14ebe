import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUILD = new URL('../../../shared/bootstrap/build.mjs', import.meta.url).href;

/** The page as it is shipped, bundled into a folder of its own that the caller removes. */
export async function builtPanel(): Promise<{ files: string; remove(): void }> {
  const files = mkdtempSync(join(tmpdir(), 'burnrate-panel-'));
  const { buildPanel } = (await import(BUILD)) as { buildPanel(outdir: string): Promise<void> };
  await buildPanel(files);
  return { files, remove: () => rmSync(files, { recursive: true, force: true }) };
}

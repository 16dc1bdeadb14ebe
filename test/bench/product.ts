import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Demo, startDemo } from '@burnrate/shared/cli/demo.ts';
import { type CollectorConnection, connectCollector } from '@burnrate/shared/protocol/client.ts';
import { LEAN_NODE_FLAGS } from '@burnrate/shared/protocol/launch.ts';
import type { Account } from '../fleet/account.ts';
import type { ScenarioInput } from '../fleet/scenario.ts';

/** Where the bundles lie, that users run; another folder for a build of one's own. */
const DIST =
  process.env.BURNRATE_DIST ?? fileURLToPath(new URL('../../shared/dist', import.meta.url));

/** A bundled program of the product. */
export function bundled(name: 'collector.mjs' | 'burnrate.mjs'): string {
  const file = join(DIST, name);
  if (existsSync(file)) return file;
  throw new Error(`${file} is not there; \`npm run build\` makes it`);
}

/** A fleet in real time, the bundled collector that watches it, and a face. */
export interface Stage {
  demo: Demo;
  link: CollectorConnection;
  account(): Promise<Account>;
  /** The real time of an instant of the fleet's, whose story begins within a working day. */
  realTime(at: number): number;
  close(): Promise<void>;
}

export async function stage(scenario: ScenarioInput): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'burnrate-bench-'));
  const file = join(folder, 'scenario.json');
  writeFileSync(file, JSON.stringify(scenario));
  const demo = await startDemo({ speed: 1, scenario: file });
  const link = await connectCollector({
    hello: { face: 'cli', version: '0.1.0', notifies: true },
    paths: demo.paths,
    launch: {
      command: process.execPath,
      args: [...LEAN_NODE_FLAGS, bundled('collector.mjs')],
      // Every source is there, as for users; beside the fleet they find nothing.
      env: { ...demo.env, BURNRATE_SOURCES: undefined },
    },
  });
  const { origin, realOrigin } = JSON.parse(demo.env.BURNRATE_CLOCK ?? '');
  return {
    demo,
    link,
    account: async () => (await (await fetch(demo.fleet.account)).json()) as Account,
    realTime: (at) => at - origin + realOrigin,
    close: async () => {
      await link.close();
      await demo.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type LaunchSpec, LEAN_NODE_FLAGS } from '../protocol/launch.ts';

/**
 * How a face that lies in the same bundle starts the collector: `collector.mjs` beside it (or
 * beside the folder of its chunks), run by the program that runs the face; from the source tree
 * the collector's own main file. `env` is added to the collector's environment.
 */
export function collectorProgram(env: LaunchSpec['env'] = {}): LaunchSpec {
  const places = ['./collector.mjs', '../collector.mjs', '../collector/main.ts'];
  const files = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const file = files.find((path) => existsSync(path)) ?? files[0] ?? '';
  return { command: process.execPath, args: [...LEAN_NODE_FLAGS, file], env };
}

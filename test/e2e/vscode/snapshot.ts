import type { Paths } from '@burnrate/shared/config/paths.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import {
  connectCollector,
  type FaceHello,
  type LaunchSpec,
} from '@burnrate/shared/protocol/client.ts';
import { VERSION } from '@burnrate/shared/protocol/version.ts';

const FACE: FaceHello = { face: 'cli', version: VERSION, notifies: false };
/** The test starts no collector: that is the extension's work. */
const NOBODY: LaunchSpec = { command: process.execPath, args: ['-e', ''], env: {} };

/** The present, as the collector of these paths tells it to a face that asks once. */
export async function snapshotOf(paths: Paths): Promise<Snapshot> {
  const link = await connectCollector({ hello: FACE, paths, launch: NOBODY });
  try {
    return await link.request('snapshot', {});
  } finally {
    await link.close();
  }
}

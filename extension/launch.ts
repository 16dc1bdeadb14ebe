import { join } from 'node:path';
import { type LaunchSpec, LEAN_NODE_FLAGS } from '@burnrate/shared/protocol/launch.ts';

/**
 * How VS Code starts the collector: by the program that runs this very extension (Electron told to
 * be Node.js on a desktop, Node.js itself on a server), or by the one that the settings name.
 */
export function collectorLaunch(options: {
  /** The extension's `dist` folder. */
  dist: string;
  /** `burnrate.nodePath`; empty where it is not set. */
  nodePath: string;
  execPath: string;
}): LaunchSpec {
  const command = options.nodePath.trim() || options.execPath;
  return {
    command,
    args: [...LEAN_NODE_FLAGS, join(options.dist, 'collector', 'collector.mjs')],
    env: {
      ELECTRON_RUN_AS_NODE: '1',
      // VS Code's own, which would make the collector load VS Code's modules or stop for a debugger.
      NODE_OPTIONS: undefined,
      VSCODE_NODE_OPTIONS: undefined,
      VSCODE_IPC_HOOK: undefined,
      VSCODE_IPC_HOOK_CLI: undefined,
      VSCODE_ESM_ENTRYPOINT: undefined,
      VSCODE_PARENT_PID: undefined,
    },
  };
}

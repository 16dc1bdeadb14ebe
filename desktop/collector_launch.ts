import type { LaunchSpec } from '@burnrate/shared/protocol/client.ts';

/** Tells this very program to be the collector. */
export const COLLECTOR_FLAG = '--collector';

export function isCollector(argv: readonly string[]): boolean {
  return argv.includes(COLLECTOR_FLAG);
}

/** This program, as it is to be started once more. */
export interface Program {
  /** `process.execPath`. */
  execPath: string;
  /** The app's folder where Electron was started with one, which is so in development. */
  appPath: string | undefined;
  /** From `appImageOf`. */
  appImage: string | undefined;
  /** Whether Chromium runs without its sandbox here; the collector then must, too. */
  noSandbox: boolean;
}

/**
 * The file of the AppImage that this program runs from. Its runtime tells by the environment,
 * which everything that is started from another AppImage inherits, too.
 */
export function appImageOf(
  env: Readonly<Record<string, string | undefined>>,
  execPath: string,
): string | undefined {
  return env.APPDIR && execPath.startsWith(`${env.APPDIR}/`) ? env.APPIMAGE : undefined;
}

/**
 * How to start this program again. An AppImage is started by its file: the folder that it runs
 * from is unmounted when its first process ends, and the collector outlives that.
 */
export function commandOf(program: Program): { command: string; args: string[] } {
  return {
    command: program.appImage ?? program.execPath,
    args: [
      ...(program.noSandbox ? ['--no-sandbox'] : []),
      ...(program.appPath === undefined ? [] : [program.appPath]),
    ],
  };
}

/**
 * How the tray app starts the collector: by itself with a flag. VS Code makes Electron be Node.js
 * with ELECTRON_RUN_AS_NODE, but an app that allows this lends its signature, and the rights that
 * the user gave to it, to any script; so the fuse is off, and the collector is a mode of the app.
 */
export function collectorLaunch(program: Program): LaunchSpec {
  const { command, args } = commandOf(program);
  return {
    command,
    args: [...args, COLLECTOR_FLAG],
    env: { ELECTRON_RUN_AS_NODE: undefined, NODE_OPTIONS: undefined },
  };
}

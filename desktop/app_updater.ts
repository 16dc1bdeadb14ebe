import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@burnrate/shared/model/time.ts';
import type { App } from 'electron';
import type { AppUpdater } from 'electron-updater';
import { consentIn, mayCheck } from './update_consent.ts';
import { type Updater, Updates, type UpdatesOptions } from './updates.ts';

/**
 * The updates of an installed app whose package names a feed; undefined where it names none, which
 * is so in development and where somebody else keeps the app up to date.
 */
export async function openUpdates(
  app: App,
  config: string,
  options: Pick<UpdatesOptions, 'ask' | 'changed'>,
): Promise<Updates | undefined> {
  if (!app.isPackaged || !existsSync(join(process.resourcesPath, 'app-update.yml')))
    return undefined;
  const { autoUpdater } = await import('electron-updater');
  const updates = new Updates({
    updater: updaterOf(autoUpdater),
    consent: consentIn(join(app.getPath('userData'), 'updates.json')),
    allowed: () => mayCheck(config),
    clock: systemClock,
    ...options,
  });
  updates.start();
  return updates;
}

/**
 * electron-updater as the app uses it: it fetches and installs nothing by itself, and never goes
 * back to an older version. It reads the feed that the package names (resources/app-update.yml), and
 * verifies what it fetches by the SHA-512 there, and by the signature where the system has one.
 */
export function updaterOf(library: AppUpdater): Updater {
  library.autoDownload = false;
  library.autoInstallOnAppQuit = false;
  library.allowDowngrade = false;
  library.logger = null;
  return {
    check: async () => {
      const found = await library.checkForUpdates();
      if (!found)
        throw new Error('This copy of the app was not installed by a package that updates itself.');
      return found.isUpdateAvailable ? found.updateInfo.version : undefined;
    },
    download: async (onShare) => {
      const hear = ({ percent }: { percent: number }) => onShare(percent / 100);
      library.on('download-progress', hear);
      try {
        await library.downloadUpdate();
      } finally {
        library.off('download-progress', hear);
      }
    },
    install: () => library.quitAndInstall(),
  };
}

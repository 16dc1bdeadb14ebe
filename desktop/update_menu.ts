import type { MenuItem } from './menu.ts';
import type { Updates } from './updates.ts';

/** The lines of the tray's menu about newer versions: what was found first, then what can be asked. */
export function updateLines({
  state,
  daily,
  allowed,
}: Pick<Updates, 'state' | 'daily' | 'allowed'>): {
  found: MenuItem[];
  asks: MenuItem[];
} {
  if (!allowed) return { found: [], asks: [] };
  const found: MenuItem[] = [];
  let asks: MenuItem[] = [{ label: 'Check for updates…', does: { type: 'checkForUpdates' } }];
  switch (state.type) {
    case 'available':
      found.push({ label: `Update to ${state.version}…`, does: { type: 'update' } });
      break;
    case 'ready':
      found.push({ label: `Restart to update to ${state.version}…`, does: { type: 'update' } });
      break;
    case 'downloading':
      found.push({ label: `Downloading ${state.version}: ${Math.floor(state.share * 100)}%` });
      break;
    case 'checking':
      asks = [{ label: 'Checking for updates…' }];
      break;
    case 'failed':
      asks = [{ label: 'Check for updates again… (it failed)', does: { type: 'checkForUpdates' } }];
      break;
  }
  if (found.length > 0) asks = [];
  return {
    found,
    asks: [
      ...asks,
      {
        label: 'Check for updates daily',
        checked: daily,
        does: { type: 'checkDaily', on: !daily },
      },
    ],
  };
}

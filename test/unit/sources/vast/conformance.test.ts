import { vast } from '@burnrate/shared/sources/vast/index.ts';
import type { Settings } from '@burnrate/shared/sources/vast/settings.ts';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { hastyClock } from '../hasty.ts';
import { type Handler, startService } from '../service.ts';
import { troublesOf } from '../troubles.ts';
import { forbidden, instance, tooMany, vastOf } from './cloud.ts';

const CANARY = 'canary4711c0ffee4711c0ffee4711c0ffee';
const FILE = '~/.config/vastai/vast_api_key';

async function site(handler: Handler): Promise<Site<Settings>> {
  const service = await startService(handler);
  const readFile = (path: string) =>
    Promise.resolve(path.endsWith('/.config/vastai/vast_api_key') ? `${CANARY}\n` : undefined);
  return {
    surroundings: bareMachine({ readFile, clock: hastyClock }),
    settings: vast.settings.parse({ url: service.url }),
    canary: CANARY,
    dispose: () => service.close(),
  };
}

conformance('vast', {
  source: vast,
  empty: () => ({ surroundings: bareMachine() }),
  ready: async () => {
    const instances = [
      instance(),
      instance({ id: 313, label: null, num_gpus: 4, is_bid: true, public_ipaddr: null }),
      instance({ id: 314, actual_status: 'stopped', cur_state: 'stopped' }),
      instance({ id: 315, actual_status: null, gpu_util: null, start_date: null }),
    ];
    return {
      ...(await site(vastOf(CANARY, instances))),
      end: async ({ nativeId }) => {
        const gone = instances.findIndex(({ id }) => String(id) === nativeId);
        instances.splice(gone, 1);
      },
    };
  },
  troubles: troublesOf('vast', site, { denied: forbidden, throttled: tooMany, file: FILE }),
});

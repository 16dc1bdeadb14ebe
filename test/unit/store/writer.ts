import { HOUR } from '@burnrate/shared/model/time.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import { hourly, NODE, NOON } from './place.ts';

/**
 * A process that is killed: it commits one tick after the other and says so, and where it is told
 * to, stays within one that it has not committed.
 */
const [path = '', stayInside] = process.argv.slice(2);
const { store } = openStore(path, { now: () => NOON });

for (let index = 0; ; index += 1) {
  const from = NOON + index * HOUR;
  store.tick(() => {
    store.writeCharges(NODE, { from, to: from + HOUR }, hourly(from, 1));
    if (stayInside !== undefined && index === Number(stayInside)) {
      process.stdout.write('inside\n');
      for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    }
  });
  store.audit({ at: from, actor: 'ada', action: 'stop', subject: String(index), detail: '' });
  process.stdout.write(`${index}\n`);
}

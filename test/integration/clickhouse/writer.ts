import { setTimeout as pause } from 'node:timers/promises';
import { Colleague } from './colleague.ts';
import { reached } from './server.ts';

/**
 * A collector that is killed: it meters minute after minute and sends what it has, at once and
 * without rest, to the server at a port. Says each minute that it has kept.
 */
const [name = '', path = '', port = ''] = process.argv.slice(2);
const colleague = new Colleague(name, { path, machines: 2 });
const shipper = colleague.shipper(reached(Number(port)), { restMs: 0 });

for (;;) {
  colleague.work(1);
  process.stdout.write(`${colleague.now}\n`);
  void shipper.now();
  await pause(5);
}

import { appendFileSync } from 'node:fs';

/** Loaded into a process before all else: notes each two seconds what it holds that is no garbage. */
setInterval(() => {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  appendFileSync(process.env.BURNRATE_TEST_HEAP_LOG ?? '', `${heapUsed + external}\n`);
}, 2000).unref();

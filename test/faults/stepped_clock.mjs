import { readFileSync, watchFile } from 'node:fs';

/**
 * Loaded into a process before all else: its system clock is wrong by the milliseconds that a file
 * says, whenever the file says so. Timers go on as they do when a real clock is set.
 */
const file = process.env.BURNRATE_TEST_OFFSET ?? '';
const now = Date.now.bind(Date);
const read = () => Number(readFileSync(file, 'utf8')) || 0;
let offset = read();
watchFile(file, { interval: 50, persistent: false }, () => {
  offset = read();
});

globalThis.Date = class extends Date {
  constructor(...given) {
    if (given.length === 0) super(now() + offset);
    else super(...given);
  }

  static now() {
    return now() + offset;
  }
};

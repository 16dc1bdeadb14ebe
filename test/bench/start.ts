import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { HostToPage } from '@burnrate/shared/protocol/page.ts';
import type { Bench, Figure } from './figure.ts';
import { bundled } from './product.ts';

const TARGET_S = 15;
const PATIENCE_MS = 60_000;

/** From `burnrate demo` to the first rate above zero that its page is told. */
export const start: Bench = {
  name: 'start',
  async run(): Promise<Figure[]> {
    const began = performance.now();
    const child = spawn(process.execPath, [bundled('burnrate.mjs'), 'demo', '--no-tray'], {
      env: { ...process.env, BURNRATE_NO_BROWSER: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const late = AbortSignal.timeout(PATIENCE_MS);
    try {
      const page = await addressIn(createInterface({ input: child.stdout }), late);
      await firstRate(page, late);
      const seconds = Math.round(performance.now() - began) / 1000;
      return [
        {
          name: 'start: from the command to a live rate on the page',
          value: seconds,
          unit: 's',
          target: TARGET_S,
          holds: seconds <= TARGET_S,
        },
      ];
    } finally {
      child.kill('SIGINT');
      await ended;
    }
  },
};

/** The page's address, as the command prints it. */
async function addressIn(lines: AsyncIterable<string>, late: AbortSignal): Promise<string> {
  for await (const line of lines) {
    late.throwIfAborted();
    const url = /http:\/\/127\.0\.0\.1:\d+\/[\w-]+\//.exec(line)?.[0];
    if (url) return url;
  }
  throw new Error('`burnrate demo` ended without a page');
}

async function firstRate(page: string, late: AbortSignal): Promise<void> {
  const { body } = await fetch(`${page}events`, { signal: late });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    if (events.some(showsRate)) return;
  }
  throw new Error("the page's events ended without a rate");
}

function showsRate(event: string): boolean {
  if (!event.startsWith('data: ')) return false;
  const message: HostToPage = JSON.parse(event.slice('data: '.length));
  return message.type === 'snapshot' && message.snapshot.rate.micros > 0;
}

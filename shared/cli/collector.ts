import { setTimeout as pause } from 'node:timers/promises';
import { pathsFor } from '../config/paths.ts';
import { readOwner, tryConnect } from '../protocol/launch.ts';
import { connect } from './connect.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import type { Terminal } from './terminal.ts';
import { say } from './view/text.ts';

const ENDS_WITHIN_MS = 5_000;

/** `burnrate collector stop`: ends it in order. A face that is open starts it again. */
export async function stopCollector(terminal: Terminal): Promise<number> {
  const pid = await retire();
  terminal.print([say(pid ? `The collector (process ${pid}) has ended.` : 'No collector runs.')]);
  return EXIT.ok;
}

/** `burnrate collector restart`: after an update, or a change in the environment. */
export async function restartCollector(terminal: Terminal): Promise<number> {
  await retire();
  const link = await connect({ here: true });
  terminal.print([say(`The collector runs as process ${link.welcome.pid}.`)]);
  await link.close();
  return EXIT.ok;
}

/** The process that was ended, or undefined where none ran. */
async function retire(): Promise<number | undefined> {
  const paths = pathsFor(process.env);
  const socket = await tryConnect(readOwner(paths)?.socket ?? paths.socket);
  if (!socket) return undefined;
  socket.destroy();
  const link = await connect({ here: true });
  const { pid } = link.welcome;
  try {
    await link.request('retire', { reason: 'asked by the command line' });
  } finally {
    await link.close();
  }
  const until = Date.now() + ENDS_WITHIN_MS;
  while (isAlive(pid)) {
    if (Date.now() > until) {
      throw new PlainFailure(
        `The collector (process ${pid}) still runs after ${ENDS_WITHIN_MS / 1000} s. End that process; its log: ${paths.log}`,
        EXIT.failed,
      );
    }
    await pause(50);
  }
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Whoever may not be signalled is alive all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

import { readoutOf } from '../faces/readout.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { MINUTE } from '../model/time.ts';
import type { CollectorConnection } from '../protocol/client.ts';
import { askYesNo } from './ask.ts';
import { openBrowser } from './browser.ts';
import { connect, settledSnapshot } from './connect.ts';
import type { Demo } from './demo.ts';
import { findDesktop, runDesktop } from './desktop.ts';
import { lookedLines } from './doctor.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import { servePanel } from './page.ts';
import { given, untilAsked } from './signals.ts';
import type { Terminal } from './terminal.ts';
import { BLANK, say } from './view/text.ts';

export interface StartOptions {
  /** Watch the simulated fleet and nothing of the user's. */
  demo?: boolean;
  /** False with `--no-tray`. */
  tray?: boolean;
}

/**
 * `burnrate start`: the collector and the faces that this machine can show. The tray app where
 * there is one, else the page and, in a terminal, the live table. Stays until quit or Ctrl-C;
 * what it started ends with it, but a live collector ends by itself when nothing needs it.
 */
export async function start(terminal: Terminal, options: StartOptions): Promise<number> {
  const wantsDemo = await untilAsked((asked) => showFaces(terminal, options, asked));
  return wantsDemo ? start(terminal, { ...options, demo: true }) : EXIT.ok;
}

/** True where the person chose the demo instead. */
async function showFaces(
  terminal: Terminal,
  options: StartOptions,
  asked: AbortSignal,
): Promise<boolean> {
  const demo = options.demo ? await startFleet(terminal) : undefined;
  try {
    if (options.tray !== false && (await showTray(terminal, demo, asked))) return false;
    const link = await connect(demo ? { paths: demo.paths, env: demo.env } : { here: true });
    try {
      return await showHere(terminal, link, asked);
    } finally {
      await link.close();
    }
  } catch (error) {
    if (asked.aborted) return false;
    throw error;
  } finally {
    await demo?.stop();
  }
}

async function startFleet(terminal: Terminal): Promise<Demo> {
  terminal.print([say('DEMO ', 'flame'), say('Starting a simulated fleet ...')]);
  const { startDemo } = await import('./demo.ts');
  return startDemo();
}

async function showTray(
  terminal: Terminal,
  demo: Demo | undefined,
  asked: AbortSignal,
): Promise<boolean> {
  const desktop = findDesktop();
  if (!desktop) return false;
  return runDesktop(desktop, demo?.env ?? {}, asked, () => {
    terminal.print([say('Burnrate is in the tray. Ctrl-C quits it.')]);
  });
}

/** The page, and the table or a line now and then. True where the person chose the demo instead. */
async function showHere(
  terminal: Terminal,
  link: CollectorConnection,
  asked: AbortSignal,
): Promise<boolean> {
  terminal.note('Looking for accounts ...');
  const snapshot = await settledSnapshot(link, { asked });
  const served = await servePanel(link).catch((error: unknown) => {
    // Without the page the table still shows everything.
    if (!(error instanceof PlainFailure)) throw error;
    terminal.note(error.message);
    return undefined;
  });
  try {
    if (served) terminal.print([say('The page is at '), say(served.url, 'strong')]);
    if (snapshot.accounts.length === 0 && (await offerDemo(terminal, link))) return true;
    if (served) await openBrowser(served.url);
    if (terminal.interactive) {
      const { showTop } = await import('./top/top.ts');
      await showTop({ link, terminal, asked, page: served?.url });
    } else {
      await tellNowAndThen(terminal, link, snapshot, asked);
    }
    return false;
  } finally {
    await served?.close();
  }
}

/** Nothing was found: says where it was looked for, and offers the demo. */
async function offerDemo(terminal: Terminal, link: CollectorConnection): Promise<boolean> {
  const report = await link.request('doctor', {});
  terminal.print(
    BLANK,
    [say('No cloud account, scheduler or GPU was found.', 'strong')],
    BLANK,
    ...lookedLines(report, terminal.width),
    BLANK,
    [say('Sign in with the provider’s own tool; Burnrate notices it by itself.')],
  );
  if (terminal.interactive) return askYesNo('See it at work on a simulated fleet?');
  terminal.print([say('To see it at work on a simulated fleet: '), say('burnrate demo', 'strong')]);
  return false;
}

/** For logs and pipes: a line each minute, and at once when something is amiss or well again. */
async function tellNowAndThen(
  terminal: Terminal,
  link: CollectorConnection,
  first: Snapshot,
  asked: AbortSignal,
): Promise<void> {
  let latest = first;
  let told = '';
  const tell = () => {
    const { line, reasons } = readoutOf(link.connected ? latest : undefined);
    const time = new Date().toLocaleTimeString('en-GB');
    terminal.print([say(`${time}  ${[line, ...reasons].join(' · ')}`)]);
  };
  const see = () => {
    const { state, reasons } = readoutOf(link.connected ? latest : undefined);
    // A figure that moves is no news; another trouble is.
    const standing = [state, ...reasons].join().replaceAll(/[\d.,]+/g, '#');
    if (standing === told) return;
    told = standing;
    tell();
  };
  const ends = [
    link.onSnapshot((snapshot) => {
      // The link may still hold one from before the first.
      if (snapshot.id < first.id) return;
      latest = snapshot;
      see();
    }),
    link.onConnected(see),
  ];
  const timer = setInterval(tell, MINUTE);
  await given(asked);
  clearInterval(timer);
  for (const end of ends) end();
}

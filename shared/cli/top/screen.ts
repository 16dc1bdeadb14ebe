import { emitKeypressEvents, type Key } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { type Colours, paint } from '../view/paint.ts';
import type { Line } from '../view/text.ts';

/** DEC private modes: the alternate screen, the cursor, line wrap, and synchronized output. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';

export interface ScreenOptions {
  input: ReadStream;
  output: WriteStream;
  colours: Colours;
  onKey: (key: Key) => void;
  onResize: () => void;
}

/** The whole terminal, lent for a while: it is given back as it was, whatever ends the process. */
export class Screen {
  readonly #options: ScreenOptions;
  /** What each row shows, so that only what has changed is written. */
  #shown: string[] = [];
  #open = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
    emitKeypressEvents(options.input);
  }

  get width(): number {
    return this.#options.output.columns || 80;
  }

  get height(): number {
    return this.#options.output.rows || 24;
  }

  open(): void {
    if (this.#open) return;
    this.#open = true;
    const { input, output, onKey } = this.#options;
    output.write(ENTER);
    this.#shown = [];
    input.setRawMode(true);
    input.on('keypress', this.#onKeypress(onKey));
    input.resume();
    output.on('resize', this.#onResize);
    process.on('exit', this.#close);
    process.on('uncaughtExceptionMonitor', this.#close);
  }

  close(): void {
    this.#close();
  }

  /** Draws the lines from the top; rows that look as before are not touched. */
  draw(lines: readonly Line[]): void {
    if (!this.#open) return;
    let output = '';
    for (let row = 0; row < this.height; row += 1) {
      const text = paint(lines[row] ?? [], this.#options.colours);
      if (text === this.#shown[row]) continue;
      this.#shown[row] = text;
      output += `\u001b[${row + 1};1H${text}\u001b[K`;
    }
    if (output) this.#options.output.write(`${BEGIN}${output}${END}`);
  }

  /** Ctrl-Z: gives the terminal back until the shell brings this process to the front again. */
  suspend(): void {
    if (process.platform === 'win32') return;
    process.once('SIGCONT', () => {
      this.open();
      this.#options.onResize();
    });
    this.#close();
    process.kill(process.pid, 'SIGSTOP');
  }

  readonly #onResize = () => {
    // The terminal may have reflowed or kept anything: everything is drawn anew.
    this.#shown = [];
    this.#options.output.write('\u001b[2J');
    this.#options.onResize();
  };

  #onKeypress(onKey: (key: Key) => void) {
    return (text: string | undefined, key: Key | undefined) =>
      onKey({ ...key, sequence: key?.sequence ?? text ?? '' });
  }

  readonly #close = () => {
    if (!this.#open) return;
    this.#open = false;
    const { input, output } = this.#options;
    input.removeAllListeners('keypress');
    output.off('resize', this.#onResize);
    process.off('exit', this.#close);
    process.off('uncaughtExceptionMonitor', this.#close);
    output.write(LEAVE);
    try {
      input.setRawMode(false);
      input.pause();
    } catch {
      // The terminal itself has gone (a closed window): there is nothing to give back.
    }
  };
}

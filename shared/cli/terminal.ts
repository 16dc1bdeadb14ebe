import type { ReadStream, WriteStream } from 'node:tty';
import { type Colours, paint } from './view/paint.ts';
import { type Line, say } from './view/text.ts';

/** Output of a width nobody knows is neither cut nor wrapped narrower than this. */
const UNKNOWN_WIDTH = 120;

/** What a command writes to and reads from: a terminal, or whatever stands in its place. */
export interface Terminal {
  /** True where a person sees the output and can answer. */
  readonly interactive: boolean;
  readonly width: number;
  readonly colours: Colours;
  print(...lines: Line[]): void;
  /** A line for people while the output goes elsewhere, such as progress and errors. */
  note(text: string): void;
  json(value: unknown): void;
}

export function thisTerminal(env: NodeJS.ProcessEnv = process.env): Terminal {
  const output = process.stdout as WriteStream;
  const input = process.stdin as ReadStream;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onOutputGone());
  const colours = coloursOf(output, env);
  return {
    interactive: Boolean(output.isTTY && input.isTTY && env.TERM !== 'dumb'),
    get width() {
      return output.columns || UNKNOWN_WIDTH;
    },
    colours,
    print(...lines) {
      output.write(lines.map((line) => `${paint(line, colours)}\n`).join(''));
    },
    note(text) {
      process.stderr.write(`${paint([say(text)], 0)}\n`);
    },
    json(value) {
      const text = JSON.stringify(value, null, 2).replace(/[\u007f-\u009f]/g, escaped);
      output.write(`${text}\n`);
    },
  };
}

/**
 * Nobody reads any more: `burnrate jobs | head` has seen enough, or the window was closed. That is
 * no failure; what stays until it is asked to end is asked now.
 */
function onOutputGone() {
  let told = false;
  return (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    if (!told && !process.emit('SIGHUP', 'SIGHUP')) process.exit();
    told = true;
  };
}

/** JSON leaves these as they are, and a terminal may take some of them for commands. */
function escaped(control: string): string {
  return `\\u00${control.charCodeAt(0).toString(16)}`;
}

/** Node.js itself knows the terminals, and honours NO_COLOR and FORCE_COLOR. */
function coloursOf(output: WriteStream, env: NodeJS.ProcessEnv): Colours {
  if (!output.isTTY || env.NO_COLOR) return 0;
  const depth = output.getColorDepth(env);
  return depth >= 8 ? 256 : depth >= 4 ? 16 : 0;
}

import { clean, type Line, type Span, type Tone } from './text.ts';

/** How many colours a terminal shows: none, its theme's sixteen, or 256. */
export type Colours = 0 | 16 | 256;

const THEME: Readonly<Record<Tone, string>> = {
  quiet: '2',
  strong: '1',
  flame: '1;33',
  good: '32',
  warning: '33',
  critical: '1;31',
};

/** Where there are more colours, those that stand out on light and dark grounds alike. */
const RICH: Readonly<Record<Tone, string>> = {
  ...THEME,
  flame: '1;38;5;208',
  good: '38;5;71',
  warning: '38;5;172',
  critical: '1;38;5;167',
};

/** A line as a terminal takes it. The only place where an escape sequence is written into text. */
export function paint(line: Line, colours: Colours): string {
  const codes = colours === 256 ? RICH : THEME;
  return merged(line)
    .map(({ text, tone }) => {
      const shown = clean(text);
      const isPlain = colours === 0 || tone === undefined || shown.trim() === '';
      return isPlain ? shown : `\u001b[${codes[tone]}m${shown}\u001b[0m`;
    })
    .join('')
    .trimEnd();
}

/** Neighbours of one tone as one span: fewer escape sequences, the same picture. */
function merged(line: Line): Line {
  const result: Span[] = [];
  for (const span of line) {
    const last = result.at(-1);
    if (last && last.tone === span.tone)
      result[result.length - 1] = { ...last, text: last.text + span.text };
    else result.push(span);
  }
  return result;
}

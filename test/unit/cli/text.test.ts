import { paint } from '@burnrate/shared/cli/view/paint.ts';
import { clean, cut, fitLine, say, widthOf, wrap } from '@burnrate/shared/cli/view/text.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CONTROLS } from './burnrate.ts';

/** Any text, and more often than by chance what terminals obey or count wrongly. */
const texts = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\u001b[31m',
        '\u001b]0;x\u0007',
        '\u009b2J',
        '\u202e',
        '\r\n',
        '\t',
        '日本',
        '👩‍👩‍👧',
        'é',
        '\ud800',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
const widths = fc.integer({ min: 2, max: 40 });

test('whatever a text holds, a terminal is given nothing to obey', () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(clean(text)).not.toMatch(CONTROLS);
      expect(paint([say(text)], 0)).not.toMatch(CONTROLS);
      expect(paint([say(text)], 0)).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});

test('a cut text is never wider than asked, and a short one is left as it is', () => {
  fc.assert(
    fc.property(texts, widths, (text, width) => {
      expect(widthOf(cut(text, width))).toBeLessThanOrEqual(width);
    }),
  );
  expect(cut('llama', 5)).toBe('llama');
  expect(cut('llama-7b', 5)).toBe('llam…');
  expect(cut('日本語', 5)).toBe('日本…');
  expect(cut('日本語', 4)).toBe('日…');
});

test('a fitted line has exactly the width, on either side', () => {
  fc.assert(
    fc.property(texts, texts, widths, (one, other, width) => {
      for (const align of ['left', 'right'] as const) {
        expect(widthOf(fitLine([say(one), say(other, 'good')], width, align))).toBe(width);
      }
    }),
  );
});

test('wrapped lines fit and keep every word', () => {
  fc.assert(
    fc.property(texts, widths, (text, width) => {
      const lines = wrap(text, width).map(([span]) => span?.text ?? '');
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      const letters = (of: string) => of.replaceAll(/\s/g, '');
      expect(letters(lines.join(''))).toBe(letters(clean(text)));
    }),
  );
  expect(wrap('a price that nobody knows', 12).flat()).toEqual([
    say('a price that'),
    say('nobody knows'),
  ]);
});

test('colours come from tones alone, and none where there are none', () => {
  const line = [say('rate '), say('$32.77', 'flame'), say('/h', 'flame')];
  expect(paint(line, 0)).toBe('rate $32.77/h');
  expect(paint(line, 16)).toBe('rate \u001b[1;33m$32.77/h\u001b[0m');
  expect(paint(line, 256)).toBe('rate \u001b[1;38;5;208m$32.77/h\u001b[0m');
});

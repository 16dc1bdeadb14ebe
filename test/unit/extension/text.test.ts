import { oneLine } from '@burnrate/shared/model/text.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inMarkdown, inMessage } from '../../../extension/text.ts';

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'[](){}<>&$`*_|\\!:/#~\n\r\t\u001b\u202e'),
    fc.string({ maxLength: 3 }),
  ),
  maxLength: 200,
});

const decoded = (text: string) =>
  text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));

test('no text leaves a mark that Markdown, HTML or a theme icon could begin with', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(inMarkdown(text).replace(/&#\d+;/g, '')).not.toMatch(/[!-/:-@[-`{-~]/);
    }),
  );
});

test('what is shown is the text itself', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(decoded(inMarkdown(text))).toBe(oneLine(text));
    }),
  );
});

test('one line has no control character, no turned direction and no more than its length', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const line = oneLine(text, 20);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect([...line].length).toBeLessThanOrEqual(20);
    }),
  );
});

test('terminal escapes go with their letters, and long names are cut with an ellipsis', () => {
  expect(oneLine('\u001b[31mred\u001b[0m alert')).toBe('red alert');
  expect(oneLine('a'.repeat(10_000), 10)).toBe('aaaaaaaaa…');
});

test('a notification has no link, whatever a job is called', () => {
  expect(inMessage('[click me](command:workbench.action.quit)')).not.toMatch(/\]\(/);
});

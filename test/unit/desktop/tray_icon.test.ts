import { inflateSync } from 'node:zlib';
import { type Bitmap, encodePng } from '@burnrate/desktop/bitmap.ts';
import { COLOURS, drawTrayIcon, levelOf } from '@burnrate/desktop/tray_icon.ts';
import type { State } from '@burnrate/shared/faces/readout.ts';
import { describe, expect, test } from 'vitest';

const STATES: readonly State[] = ['calm', 'warning', 'critical', 'stale', 'offline'];
const SIZES = [16, 20, 24, 32];

/** How much of each pixel is covered, 0 to 1: the icon's shape, whatever its colour. */
function coverage({ pixels }: Bitmap): number[] {
  return Array.from(
    { length: pixels.length / 4 },
    (_, index) => (pixels[index * 4 + 3] ?? 0) / 255,
  );
}

/** Pixels that are clearly covered in one and clearly not in the other. */
function differing(a: Bitmap, b: Bitmap): number {
  const other = coverage(b);
  return coverage(a).filter((value, index) => Math.abs(value - (other[index] ?? 0)) > 0.5).length;
}

/** WCAG 2.2: relative luminance, and the contrast of two of them. */
function luminance(colour: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: readonly number[], b: readonly number[]): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(SIZES)('at %i pixels', (size) => {
  test.each([1, 4])('every two states differ in shape at level %i', (level) => {
    for (const template of [false, true]) {
      const drawn = STATES.map((state) => drawTrayIcon({ state, level }, size, template));
      for (const [index, a] of drawn.entries()) {
        for (const b of drawn.slice(index + 1)) {
          expect(differing(a, b)).toBeGreaterThan((size * size) / 32);
        }
      }
    }
  });

  test('the flame fills from below with the level', () => {
    const sums = [0, 1, 2, 3, 4].map((level) => {
      const covered = coverage(drawTrayIcon({ state: 'calm', level }, size));
      return covered.reduce((sum, value) => sum + value, 0);
    });
    expect(sums).toEqual(sums.toSorted((a, b) => a - b));
    expect(new Set(sums).size).toBe(5);
    const empty = drawTrayIcon({ state: 'calm', level: 0 }, size);
    const quarter = drawTrayIcon({ state: 'calm', level: 1 }, size);
    const half = (size * size) / 2;
    expect(coverage(quarter).slice(0, half)).toEqual(coverage(empty).slice(0, half));
  });
});

test.each(STATES)('%s is legible on a light and on a dark panel', (state) => {
  for (const panel of [
    [255, 255, 255],
    [0x20, 0x20, 0x20],
  ]) {
    expect(contrast(COLOURS[state], panel)).toBeGreaterThanOrEqual(3);
  }
  // What is drawn has that colour wherever a pixel is covered at all.
  const { pixels } = drawTrayIcon({ state, level: 2 }, 16);
  for (let at = 0; at < pixels.length; at += 4) {
    if (pixels[at + 3] === 0) continue;
    expect([...pixels.subarray(at, at + 3)]).toEqual([...COLOURS[state]]);
  }
});

test('a template image is black, and as solid as the coloured one', () => {
  const icon = { state: 'critical', level: 3 } as const;
  const template = drawTrayIcon(icon, 16, true);
  expect(coverage(template)).toEqual(coverage(drawTrayIcon(icon, 16)));
  expect(template.pixels.filter((_, index) => index % 4 !== 3).every((value) => value === 0)).toBe(
    true,
  );
});

test('nothing that burns is empty, anything is a quarter, and fifty dollars an hour is full', () => {
  const levels = [0, 0.01, 1.99, 2, 9, 10, 49, 50, 500].map((usd) => levelOf(usd * 1_000_000));
  expect(levels).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4]);
});

test('a PNG holds the very pixels', () => {
  const bitmap = drawTrayIcon({ state: 'warning', level: 2 }, 16);
  const png = encodePng(bitmap);
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
  const at = png.indexOf('IDAT');
  const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  const pixels = Array.from({ length: 16 }, (_, row) => [
    ...rows.subarray(row * 65 + 1, (row + 1) * 65),
  ]);
  expect(pixels.flat()).toEqual([...bitmap.pixels]);
});

import { formatFigure, marginOf } from '../../faces/readout.ts';
import { sparkline } from '../../faces/sparkline.ts';
import type { Figure, Provenance } from '../../model/rate.ts';
import { type Line, say, type Tone } from './text.ts';

/** `$32.77/h list`, `$27.90/h ±0.62 calibrated`: an amount and, quieter, what it rests on. */
export function figure(of: Figure, per: '' | '/h' = '', tone?: Tone): Line {
  return [say(`${formatFigure(of)}${per}`, tone), ...margin(of), ...provenance(of.provenance)];
}

/** `±0.62`, quieter: how far off it may be. */
export function margin(of: Pick<Figure, 'spread' | 'provenance'>): Line {
  const text = marginOf(of);
  return text ? [say(text, 'quiet')] : [];
}

export function provenance(of: Provenance | undefined): Line {
  return of ? [say(` ${of}`, 'quiet')] : [];
}

/** What a rate says of a job whose machines have no known price. */
export function rate(of: Figure, tone?: Tone): Line {
  if (of.unpriced > 0 && of.micros === 0) return [say('price unknown', 'warning')];
  return figure(of, '/h', tone);
}

/** Below this share a paid GPU hardly works: it is drawn in another colour. */
export const LOW = 0.3;

/** A share as a bar of so many columns. */
export function bar(share: number, width: number): Line {
  const filled = Math.round(share * width);
  const tone = share < LOW ? 'warning' : 'good';
  return [say('━'.repeat(filled), tone), say('─'.repeat(width - filled), 'quiet')];
}

/** A sparkline of activity, in which low readings stand out. */
export function activityLine(readings: readonly (number | null)[], width: number): Line {
  const recent = readings.slice(-width);
  const drawn = sparkline(readings, width).padStart(width);
  return [...drawn].map((column, index) => {
    const value = recent[index - (width - recent.length)];
    return say(column, (value ?? 1) < LOW ? 'warning' : 'good');
  });
}

export function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

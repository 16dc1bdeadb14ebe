const BARS = '▁▂▃▄▅▆▇█';

/** The last readings of an activity (0 to 1), oldest first, a column each; a missing one leaves a gap. */
export function sparkline(readings: readonly (number | null)[], width: number): string {
  return readings
    .slice(-width)
    .map((value) => {
      if (value === null) return ' ';
      return BARS[Math.min(BARS.length - 1, Math.floor(value * BARS.length))];
    })
    .join('');
}

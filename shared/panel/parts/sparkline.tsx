import { percent } from '../locale.ts';

const WIDTH = 72;
const HEIGHT = 28;

/** The last readings of a job's activity; gaps stay gaps. Words beside it say the latest. */
export function Sparkline({ readings }: { readings: readonly (number | null)[] }) {
  const runs = runsOf(readings);
  if (runs.length === 0) return null;
  const known = readings.filter((value) => value !== null);
  const label = `Activity, last ${readings.length} readings: from ${percent(known[0] ?? 0)} to ${percent(known.at(-1) ?? 0)}`;
  const x = (index: number) => (index / Math.max(1, readings.length - 1)) * (WIDTH - 4) + 2;
  const y = (value: number) => HEIGHT - 2 - value * (HEIGHT - 4);
  const last = runs.at(-1)?.at(-1);
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      {runs.map((run) => {
        const points = run.map(
          ({ index, value }) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`,
        );
        const line = `M${points.join('L')}`;
        const [first] = run;
        const end = run.at(-1);
        const area = `${line}L${x(end?.index ?? 0)},${HEIGHT - 1}L${x(first?.index ?? 0)},${HEIGHT - 1}Z`;
        return (
          <g key={first?.index}>
            <path class="spark-area" d={area} />
            <path class="spark-line" d={line} />
          </g>
        );
      })}
      {last && <circle class="spark-end" cx={x(last.index)} cy={y(last.value)} r="2" />}
    </svg>
  );
}

interface Point {
  index: number;
  value: number;
}

/** Stretches of readings without a gap. */
function runsOf(readings: readonly (number | null)[]): Point[][] {
  const runs: Point[][] = [];
  let run: Point[] = [];
  readings.forEach((value, index) => {
    if (value === null) {
      run = [];
      return;
    }
    if (run.length === 0) runs.push(run);
    run.push({ index, value });
  });
  return runs;
}

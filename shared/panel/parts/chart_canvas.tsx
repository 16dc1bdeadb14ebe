import {
  CategoryScale,
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js';
import { useEffect, useRef } from 'preact/hooks';
import type { ChartData } from '../chart_data.ts';
import { onThemeChange } from '../theme.ts';
import { chartOptions, datasets } from './chart_look.ts';

Chart.register(
  CategoryScale,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);

interface CanvasProps {
  data: ChartData;
  spanMs: number;
  /** What the picture says, for those who do not see it. */
  summary: string;
}

/** The chart itself. Its size is the stylesheet's, so that a strict policy has nothing to forbid. */
export function ChartCanvas({ data, spanMs, summary }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<'line', (number | null)[]>>(undefined);
  const latest = useRef({ data, spanMs });
  latest.current = { data, spanMs };

  const draw = () => {
    const { data, spanMs } = latest.current;
    const content = { labels: data.at, datasets: datasets(data) };
    const options = chartOptions(data, spanMs);
    if (chart.current) {
      chart.current.data = content;
      chart.current.options = options;
      chart.current.update('none');
    } else if (canvas.current) {
      chart.current = new Chart<'line', (number | null)[]>(canvas.current, {
        type: 'line',
        data: content,
        options,
      });
    }
  };
  useEffect(draw, [data, spanMs]);
  useEffect(() => {
    const unfollow = onThemeChange(draw);
    return () => {
      unfollow();
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, []);
  return (
    <div class="chart-frame">
      <canvas ref={canvas} role="img" aria-label={summary} />
    </div>
  );
}

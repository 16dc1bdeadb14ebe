import {
  Chart,
  Decimation,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import type { ChartData } from '../chart_data.ts';
import type { Point } from '../held.ts';
import { onThemeChange } from '../theme.ts';
import type { LineContent } from '../time_chart.ts';
import { chartOptions, datasets } from './chart_look.ts';

Chart.register(Decimation, Filler, LinearScale, LineController, LineElement, PointElement, Tooltip);

interface CanvasProps {
  data: ChartData;
  /** What the picture says, for those who do not see it. */
  summary: string;
}

/** The chart of all cost. */
export function ChartCanvas({ data, summary }: CanvasProps) {
  const drawing = useCallback(
    () => ({
      data: { datasets: datasets(data) },
      options: chartOptions(data),
    }),
    [data],
  );
  return <LineCanvas drawing={drawing} summary={summary} />;
}

interface LineProps {
  /** What is drawn, in the colours of the theme as it is when it is called. */
  drawing: () => LineContent;
  summary: string;
}

/** A chart of lines. Its size is the stylesheet's, so that a strict policy has nothing to forbid. */
export function LineCanvas({ drawing, summary }: LineProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<'line', Point[]>>(undefined);
  const latest = useRef(drawing);
  latest.current = drawing;

  const draw = () => {
    const content = latest.current();
    if (chart.current) {
      chart.current.data = content.data;
      chart.current.options = content.options ?? {};
      chart.current.update('none');
    } else if (canvas.current) {
      chart.current = new Chart<'line', Point[]>(canvas.current, {
        type: 'line',
        ...content,
      });
    }
  };
  useEffect(draw, [drawing]);
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

import type { ComponentChildren } from 'preact';
import { RANGES, type Range } from '../chart_data.ts';
import { ReadFailure } from './read_failure.tsx';

interface CardProps {
  /** Unique on the page. */
  id: string;
  title: string;
  /** What stands in the head beside the title: choices of a job or a time. */
  head?: ComponentChildren;
  failure: string | undefined;
  retry: () => void;
  /** Said instead of a chart: that it is loading, or that there is nothing to draw. */
  nothing: string | undefined;
  class?: string;
  children: ComponentChildren;
}

/** A card with a chart in it, while it loads, where there is nothing to show, and where it failed. */
export function ChartCard(props: CardProps) {
  const { id, title, head, failure, retry, nothing, children } = props;
  return (
    <section class={`card chart-card ${props.class ?? ''}`} aria-labelledby={`${id}-title`}>
      <header class="card-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {head}
      </header>
      <div class="chart-body">
        {nothing === undefined || failure ? (
          nothing === undefined && children
        ) : (
          <p class="chart-none quiet" role="status" data-loading={nothing === LOADING}>
            {nothing}
          </p>
        )}
        {failure && <ReadFailure what="The history" failure={failure} retry={retry} />}
      </div>
    </section>
  );
}

export const LOADING = 'Loading…';

interface RangeProps {
  range: Range;
  /** Unique on the page. */
  name: string;
  onChoose: (range: Range) => void;
}

export function RangeChoice({ range, name, onChoose }: RangeProps) {
  return (
    <fieldset class="ranges">
      <legend class="unseen">Time range</legend>
      {RANGES.map((choice) => (
        <label key={choice.id} class="range">
          <input
            type="radio"
            name={name}
            value={choice.id}
            checked={choice.id === range.id}
            onChange={() => onChoose(choice)}
          />
          <span aria-hidden="true">{choice.label}</span>
          <span class="unseen">{choice.spoken}</span>
        </label>
      ))}
    </fieldset>
  );
}

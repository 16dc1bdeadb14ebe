import { RANGES, type Range } from '../chart_data.ts';

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

/** What went wrong while a chart was read, and a way to try again. */
export function ChartFailure({
  failure,
  retry,
}: {
  failure: string | undefined;
  retry: () => void;
}) {
  if (!failure) return null;
  return (
    <p class="failure" role="alert">
      The history could not be read: {failure}{' '}
      <button type="button" class="button" onClick={retry}>
        Try again
      </button>
    </p>
  );
}

interface FailureProps {
  /** What could not be read, as a sentence begins with it. */
  what: string;
  failure: string;
  retry: () => void;
}

/** A question that the collector could not answer, and a way to ask it again. */
export function ReadFailure({ what, failure, retry }: FailureProps) {
  return (
    <p class="failure" role="alert">
      {what} could not be read: {failure}{' '}
      <button type="button" class="button" onClick={retry}>
        Try again
      </button>
    </p>
  );
}

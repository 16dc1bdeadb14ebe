import { useEffect, useState } from 'preact/hooks';

const SAID_MS = 2_000;

/** A command for a terminal, and the button that copies it. */
export function Command({ text }: { text: string }) {
  const [said, setSaid] = useState<string>();
  useEffect(() => {
    if (said === undefined) return;
    const timer = setTimeout(() => setSaid(undefined), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      // A host may forbid it; the text can be selected all the same.
      () => setSaid('Not allowed'),
    );
  };
  return (
    <div class="command">
      <code>{text}</code>
      <button type="button" class="button" aria-label={`Copy ${text}`} onClick={copy}>
        {said ?? 'Copy'}
      </button>
      <span class="unseen" role="status">
        {said}
      </span>
    </div>
  );
}

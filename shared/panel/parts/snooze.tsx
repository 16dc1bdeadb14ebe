import { useEffect, useRef } from 'preact/hooks';
import { formatDuration, HOUR, MINUTE } from '../../model/time.ts';

const CHOICES = [15 * MINUTE, HOUR, 4 * HOUR, 24 * HOUR];

interface SnoozeProps {
  busy: boolean;
  onChoose: (forMs: number) => void;
}

/**
 * For how long an alert should be silent. No `select`: with the keyboard that would choose the
 * first that one comes past.
 */
export function Snooze({ busy, onChoose }: SnoozeProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = () => {
      if (menu.current) menu.current.open = false;
    };
    const onElsewhere = ({ target }: Event) => {
      if (!menu.current?.contains(target as Node)) close();
    };
    const onKey = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape' || !menu.current?.open) return;
      close();
      menu.current.querySelector('summary')?.focus();
    };
    const ended = new AbortController();
    const { signal } = ended;
    document.addEventListener('pointerdown', onElsewhere, { signal });
    document.addEventListener('focusin', onElsewhere, { signal });
    document.addEventListener('keydown', onKey, { signal });
    return () => ended.abort();
  }, []);
  return (
    <details ref={menu} class="snooze">
      <summary class="button">Snooze</summary>
      <ul class="menu" aria-label="Snooze this alert">
        {CHOICES.map((ms) => (
          <li key={ms}>
            <button type="button" class="menu-choice" disabled={busy} onClick={() => onChoose(ms)}>
              for {ms >= HOUR ? `${ms / HOUR} h` : formatDuration(ms)}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

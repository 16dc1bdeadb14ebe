import type { ComponentChildren } from 'preact';

/** Line icons on a 16 px grid; decoration only, for the words beside them say the same. */
function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const FLAME =
  'M8.4 1.2c.5 2.5-.5 3.7-1.8 5.1C5.2 7.8 3.8 9.2 3.8 11.1c0 2.2 1.9 3.9 4.2 3.9s4.2-1.7 4.2-4c0-1.9-.9-3.1-1.7-4-.1 1.1-.6 1.9-1.4 2.3.5-2.9.6-6-.7-8.1z';

export function Flame() {
  return (
    <svg class="flame" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={FLAME} fill="currentColor" />
    </svg>
  );
}

export const WarningIcon = () => (
  <Icon>
    <path d="M8 2.2 14.3 13.3H1.7z" />
    <path d="M8 6.5v3.2M8 11.6v.1" />
  </Icon>
);

export const FailureIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="6.2" />
    <path d="m5.9 5.9 4.2 4.2M10.1 5.9l-4.2 4.2" />
  </Icon>
);

export const OkIcon = () => (
  <Icon>
    <path d="m3.5 8.5 3 3 6-7" />
  </Icon>
);

export const ClockIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="6.2" />
    <path d="M8 4.6V8l2.3 1.5" />
  </Icon>
);

export const StopIcon = () => (
  <Icon>
    <rect x="4.2" y="4.2" width="7.6" height="7.6" rx="1.5" fill="currentColor" />
  </Icon>
);

export const RefreshIcon = () => (
  <Icon>
    <path d="M13.3 8a5.3 5.3 0 1 1-1.5-3.7M13.3 1.8v2.9h-2.9" />
  </Icon>
);

export const StartIcon = () => (
  <Icon>
    <path d="M5.2 3.2v9.6L12.6 8z" fill="currentColor" />
  </Icon>
);

export const BudgetIcon = () => (
  <Icon>
    <path d="M2.4 11.6a6 6 0 1 1 11.2 0M8 10.6l2.6-3.8" />
  </Icon>
);

export const PriceIcon = () => (
  <Icon>
    <path d="M2 12.5h4V8h4V4h4" />
  </Icon>
);

export const BackIcon = () => (
  <Icon>
    <path d="M13 8H3.4M7 3.8 2.8 8 7 12.2" />
  </Icon>
);

export const NoteIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="6.2" />
    <path d="M8 7.4v3.6M8 5v.1" />
  </Icon>
);

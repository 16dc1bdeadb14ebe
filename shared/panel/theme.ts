/**
 * Dark or light is decided here once, for the stylesheet (`data-theme`) and for the chart, which
 * needs colours as values: in VS Code by its own theme, elsewhere by the system's setting.
 */
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

function themeNow(): 'light' | 'dark' {
  const classes = document.body.classList;
  if (classes.contains('vscode-dark')) return 'dark';
  if (classes.contains('vscode-high-contrast')) {
    return classes.contains('vscode-high-contrast-light') ? 'light' : 'dark';
  }
  if (classes.contains('vscode-light')) return 'light';
  return prefersDark.matches ? 'dark' : 'light';
}

const listeners = new Set<() => void>();

/** Keeps the page in the host's theme from now on. */
export function followTheme(): void {
  const apply = () => {
    document.documentElement.dataset.theme = themeNow();
    for (const listener of listeners) listener();
  };
  prefersDark.addEventListener('change', apply);
  // VS Code changes the body's class and the root's style when another theme is chosen.
  const observer = new MutationObserver(apply);
  observer.observe(document.body, { attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributeFilter: ['style'] });
  apply();
}

export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The value of one of the stylesheet's colours, as it is now. */
export function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** One reading, by the words of the exposition itself. */
export interface Reading {
  family: string;
  labels: Record<string, string>;
  value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const QUOTED = /^"((?:[^"\\]|\\.)*)"/s;
const NUMBER =
  /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[iI][nN][fF](?:inity)?|[nN][aA][nN])$/;

/**
 * The obvious reader: one line after the other, one regular expression after the other, all of
 * every line. Undefined stands for a line that makes no sense.
 */
export function readSlowly(text: string): (Reading | undefined)[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^[ \t]+|[ \t\r]+$/g, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(readLine);
}

function readLine(line: string): Reading | undefined {
  let rest = line;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const match = pattern.exec(rest);
    if (!match) return undefined;
    rest = rest.slice(match[0].length).replace(/^[ \t]+/, '');
    return match;
  };
  let family = take(NAME)?.[0];
  const labels: Record<string, string> = {};
  if (take(/^\{/)) {
    while (!take(/^\}/)) {
      const quoted = take(QUOTED);
      const key = quoted ? unquote(quoted[1] ?? '') : take(/^[a-zA-Z0-9_:]+/)?.[0];
      if (key === undefined) return undefined;
      if (take(/^=/)) {
        const value = take(QUOTED);
        if (!value) return undefined;
        labels[key] ??= unquote(value[1] ?? '');
      } else if (quoted && family === undefined) family = key;
      else return undefined;
      if (!take(/^,/) && !rest.startsWith('}')) return undefined;
    }
  } else if (
    family !== undefined &&
    line.length > family.length &&
    !/^[ \t]/.test(line.slice(family.length))
  )
    return undefined;
  if (family === undefined) return undefined;
  const [value = '', time, after] = rest.split(/[ \t]+/);
  if (!NUMBER.test(value)) return undefined;
  if (time !== undefined && !time.startsWith('#')) {
    if (!NUMBER.test(time)) return undefined;
    if (after !== undefined && !after.startsWith('#')) return undefined;
  }
  return { family, labels, value: numberOf(value) };
}

function numberOf(text: string): number {
  const lower = text.toLowerCase();
  if (lower.endsWith('nan')) return Number.NaN;
  if (lower.includes('inf')) return lower.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}

function unquote(text: string): string {
  return text.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

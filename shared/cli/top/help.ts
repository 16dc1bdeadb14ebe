import { indent, type Line, say, wrap } from '../view/text.ts';

const KEYS: readonly [string, string][] = [
  ['↑ ↓  j k', 'select a job'],
  ['s', 'stop it: says first what is lost, and asks'],
  ['z', 'snooze its alert for an hour, or else the one with the most at stake'],
  ['o', 'call off a stop that a budget has announced: the jobs run on'],
  ['x', 'dismiss a stop that failed'],
  ['r', 'ask every account now'],
  ['q  Ctrl-C', 'quit; the collector goes on'],
];

const FIGURES: readonly [string, string][] = [
  ['billed', 'an invoice line of the provider says so'],
  ['quoted', 'the provider names this machine’s own price'],
  ['calibrated', 'list price, corrected by what past bills came to'],
  ['list', 'public list price, without discounts or commitments'],
  ['≈', 'partly metered without fresh evidence that the machine ran'],
  ['≥', 'a lower bound: some machine has no known price'],
];

/** The keys, and what the words beside the figures mean. */
export function helpLines(width: number): Line[] {
  return [
    ...explained(KEYS, width),
    [],
    [say('What the figures rest on', 'quiet')],
    ...explained(FIGURES, width),
  ];
}

function explained(pairs: readonly [string, string][], width: number): Line[] {
  const column = 12;
  return pairs.flatMap(([name, meaning]) =>
    indent(
      wrap(meaning, width - column - 1, 'quiet'),
      [say(' '.repeat(column))],
      [say(name.padEnd(column), 'strong')],
    ),
  );
}

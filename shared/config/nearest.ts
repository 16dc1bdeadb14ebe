import { closest, distance } from 'fastest-levenshtein';

/** More wrong letters than this are no slip of the finger. */
const MOST_WRONG = 3;

/** Which of the words was meant by one that is none of them; undefined where none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const found = closest(word, [...words]);
  const wrong = distance(word, found);
  return wrong <= MOST_WRONG && wrong <= word.length / 2 ? found : undefined;
}

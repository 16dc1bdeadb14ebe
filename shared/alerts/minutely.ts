import { type Instant, MINUTE } from '../model/time.ts';
import type { Finding, Rule } from './rule.ts';

/** A rule that looks anew once a minute, since what it looks at changes no faster: prices. */
export function minutely({ id, evaluate }: Rule): Rule {
  let found: Finding[] = [];
  let at: Instant = Number.NEGATIVE_INFINITY;
  return {
    id,
    evaluate: (scene) => {
      if (scene.now < at || scene.now - at >= MINUTE) {
        found = evaluate(scene);
        at = scene.now;
      }
      return found;
    },
  };
}

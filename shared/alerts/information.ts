import { DAY, type Instant, MINUTE } from '../model/time.ts';
import type { Finding, Rule, Scene } from './rule.ts';

/** One subject of which there was, or is, something to say. */
interface Said {
  from: Instant;
  /** When it was last found. */
  until: Instant;
  /** Whether it is found now. */
  now: boolean;
  holdMs: number;
}

/**
 * A rule whose findings are good to know and no trouble: prices. It looks once a minute, since they
 * change no faster; and what was said and is over is not said again within a day, so that a price
 * about its limit, or one job after the other, does not nag.
 */
export function information({ id, evaluate }: Rule): Rule {
  const said = new Map<string, Said>();
  let found: Finding[] = [];
  let at: Instant = Number.NEGATIVE_INFINITY;

  function look(scene: Scene): Finding[] {
    const fresh = evaluate(scene).filter((finding) => mayBeSaid(finding, scene.now));
    const subjects = new Set(fresh.map(({ subject }) => subject));
    for (const [subject, one] of said) {
      one.now = subjects.has(subject);
      if (!one.now && scene.now - one.until >= DAY) said.delete(subject);
    }
    return fresh;
  }

  /** Takes note of it where it may. What never held long enough to be said does not count. */
  function mayBeSaid({ subject, since, holdMs }: Finding, now: Instant): boolean {
    const before = said.get(subject);
    if (before?.now) {
      before.until = now;
      return true;
    }
    const wasSaid = before !== undefined && before.until - before.from >= before.holdMs;
    if (wasSaid && now - before.until < DAY) return false;
    said.set(subject, { from: since, until: now, now: true, holdMs });
    return true;
  }

  return {
    id,
    evaluate: (scene) => {
      if (scene.now < at || scene.now - at >= MINUTE) {
        found = look(scene);
        at = scene.now;
      }
      return found;
    },
  };
}

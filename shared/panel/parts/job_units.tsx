import type { JobView } from '../../model/snapshot.ts';
import { formatUnitCost, UNITS } from '../../model/unit.ts';
import { WASTE_CAUSES, wasteSum } from '../../model/waste.ts';
import type { UnitCost } from '../../model/work.ts';
import { compact, locale, money } from '../locale.ts';

/** What the job does for its money: what a unit costs lately, and what was spent in vain. */
export function JobUnits({ job: { units = [], waste } }: { job: JobView }) {
  if (units.length === 0 && !waste) return null;
  const causes = waste && WASTE_CAUSES.filter((cause) => waste[cause] > 0);
  return (
    <span class="job-units facts">
      {units.map((unit) => (
        <span key={unit.counter} class="fact" title={fullText(unit)}>
          {unit.micros === undefined ? (
            `${compact(unit.total)} ${unit.counter}`
          ) : (
            <>
              <strong>{money(unit.micros)}</strong> per {UNITS[unit.counter].name}
            </>
          )}
        </span>
      ))}
      {waste && (
        <span
          class="fact wasted"
          title={causes?.map((cause) => `${money(waste[cause])} ${cause}`).join(', ')}
        >
          {money(wasteSum(waste))} did no work
        </span>
      )}
    </span>
  );
}

function fullText({ counter, total, perHour, microsOverDay }: UnitCost): string {
  const parts = [`${compact(total)} ${counter} counted`];
  if (perHour !== undefined) parts.push(`${compact(perHour)} an hour`);
  if (microsOverDay !== undefined) {
    parts.push(`${formatUnitCost({ counter, micros: microsOverDay }, locale)} over the last day`);
  }
  return parts.join(', ');
}

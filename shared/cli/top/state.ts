import type { JobView, Snapshot } from '../../model/snapshot.ts';
import type { StopPlan } from '../../model/stop.ts';
import { inOrder } from '../view/jobs.ts';
import type { Tone } from '../view/text.ts';

/** What `burnrate top` shows: all it needs to be drawn, and nothing that draws it. */
export interface TopState {
  snapshot?: Snapshot;
  connected: boolean;
  /** The address of the page, where it is served too. */
  page?: string;
  /** The id of the selected job. */
  selected?: string;
  /** What lies over the table. */
  over?: Over;
  /** What came of the last key, in the line above the keys. */
  message?: { text: string; tone?: Tone };
}

export type Over =
  | { kind: 'help' }
  | { kind: 'planning'; job: JobView }
  | { kind: 'plan'; job: JobView; plan: StopPlan };

/** The rows of the table, in their order. */
export function rowsOf({ snapshot }: TopState): JobView[] {
  return snapshot ? inOrder(snapshot.jobs) : [];
}

export function selectedJob(state: TopState): JobView | undefined {
  const rows = rowsOf(state);
  return rows.find(({ id }) => id === state.selected) ?? rows[0];
}

/** The selection moved by so many rows; it stops at both ends. */
export function moved(state: TopState, by: number): TopState {
  const rows = rowsOf(state);
  const from = Math.max(
    0,
    rows.findIndex(({ id }) => id === state.selected),
  );
  const to = rows[Math.max(0, Math.min(rows.length - 1, from + by))];
  return to ? { ...state, selected: to.id } : state;
}

/** A new snapshot. A job that has gone hands the selection to the one that took its place. */
export function seen(state: TopState, snapshot: Snapshot): TopState {
  // Until a person selects one, the first row is it, whichever that is.
  if (state.selected === undefined) return { ...state, snapshot };
  const before = rowsOf(state).findIndex(({ id }) => id === state.selected);
  const next: TopState = { ...state, snapshot };
  const rows = rowsOf(next);
  if (rows.some(({ id }) => id === state.selected)) return next;
  const heir = rows[Math.min(Math.max(0, before), rows.length - 1)];
  const { selected: _, ...rest } = next;
  return heir ? { ...rest, selected: heir.id } : rest;
}

/** The stop that is announced and that nobody has called off: the selected job's, else the next. */
export function announcedStop(state: TopState): Snapshot['alerts'][number] | undefined {
  const job = selectedJob(state);
  const announced = (state.snapshot?.alerts ?? [])
    .filter(({ state, stops, acknowledged }) => state === 'firing' && stops && !acknowledged)
    .sort((a, b) => (a.stops?.at ?? 0) - (b.stops?.at ?? 0));
  const own = announced.find(({ stops }) => job && stops?.jobIds.includes(job.id));
  return own ?? announced[0];
}

/** The alert that a snooze is about: the selected job's, else the one with the most at stake. */
export function alertToSnooze(state: TopState): Snapshot['alerts'][number] | undefined {
  const { snapshot } = state;
  if (!snapshot) return undefined;
  const loud = snapshot.alerts
    .filter((alert) => alert.state === 'firing' && !((alert.snoozedUntil ?? 0) > snapshot.at))
    .sort((a, b) => b.microsPerHour - a.microsPerHour);
  const job = selectedJob(state);
  return loud.find(({ subject }) => subject === job?.id) ?? loud[0];
}

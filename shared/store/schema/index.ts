import { activity } from './activity.ts';
import { billed } from './billed.ts';
import { budgetChanges } from './budget_changes.ts';
import { calibration } from './calibration.ts';
import { course } from './course.ts';
import { economics } from './economics.ts';
import { jobBudgets } from './job_budgets.ts';
import { traffic } from './traffic.ts';
import { transferVolume } from './transfer_volume.ts';
import { version1 } from './version1.ts';
import { wasteHour } from './waste_hour.ts';

/** One step of the schema; its place in the list is the version that it leads to. */
export type Migration = string;

/** All steps, oldest first. Published ones are never changed: a new one is added. */
export const migrations: readonly Migration[] = [
  version1,
  jobBudgets,
  calibration,
  economics,
  billed,
  activity,
  budgetChanges,
  course,
  traffic,
  transferVolume,
  wasteHour,
];

/** Marks a file as Burnrate's own in SQLite's header: the letters `brnr`. */
export const APPLICATION_ID = 0x62726e72;

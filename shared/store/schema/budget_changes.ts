/**
 * Each change of a budget that was set for one launch, as JSON (see model/job_budget.ts); one
 * without a ceiling says that it was taken away. `job_budget` holds those in force.
 */
export const budgetChanges = `
CREATE TABLE job_budget_change (
  set_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  budget TEXT NOT NULL,
  PRIMARY KEY (set_at, id)
) WITHOUT ROWID, STRICT;
`;

/** Budgets that were set for one launch, as JSON (see model/job_budget.ts). */
export const jobBudgets = `
CREATE TABLE job_budget (
  id TEXT PRIMARY KEY,
  set_at INTEGER NOT NULL,
  budget TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** A part of a document, as offsets in its text: `[from, to)`. */
export interface Span {
  from: number;
  to: number;
}

/** GPUs of one machine, or of one worker. */
export interface GpuNeed {
  count: number;
  /** As the file spells it: `a100`, `H100-80GB`; undefined where it takes any. */
  model?: string;
}

/** Something in a file that is worth saying, and how to mend it. */
export interface Remark {
  at: Span;
  severity: 'warning' | 'information' | 'hint';
  /** A short name, by which a person finds it: `no-time-limit`. */
  code: string;
  message: string;
  fix?: { title: string; at: Span; text: string };
}

/** A time limit as a file has it. */
export interface Limit {
  ms: number;
  /** As the file says it: `--time=24:00:00`. */
  said: string;
  /** How the file would say another one. */
  rewritten(ms: number): { at: Span; text: string; said: string };
}

/** Machines of one kind. */
export interface Need {
  gpus?: GpuNeed;
  /** How many such machines or workers run at once. */
  workers: number;
  /** How often that runs in all: the elements of an array. At least `workers` of it at a time. */
  runs?: number;
  provider?: string;
  instanceType?: string;
  region?: string;
  partition?: string;
  market: 'on-demand' | 'spot';
}

/** What a job file asks for: machines, for a time. */
export interface Ask extends Need {
  /** The line that its price is shown above. */
  at: Span;
  /** The source that shows the job once it runs, and the name that it goes by there. */
  source: 'slurm' | 'kubernetes' | 'skypilot';
  name?: string;
  namespace?: string;
  /** Other machines, which it needs at the same time. */
  beside?: Need[];
  /** Other machines that would do as well. Which are taken is decided by their price. */
  instead?: Need[];
  /** After which it is ended. */
  limit?: Limit;
  /** The command that launches this file, `FILE` standing for its path; absent where none can. */
  launch?: string[];
  remarks: Remark[];
}

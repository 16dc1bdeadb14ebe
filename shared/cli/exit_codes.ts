/** What the shell is told. Documented by `burnrate --help`. */
export const EXIT = {
  ok: 0,
  /** Something is wrong with what was asked about: a stop failed, the doctor found a fault. */
  failed: 1,
  /** The command was not understood, or names no job, or more than one. */
  usage: 2,
  /** The collector could not be reached or started. */
  unavailable: 3,
  /** A person, or the lack of one to ask, kept it from being done. */
  declined: 4,
} as const;

/** A failure that is told in one line, and the exit code that goes with it. */
export class PlainFailure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

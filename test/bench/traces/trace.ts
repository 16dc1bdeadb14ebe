/** What one GPU does in one second. Powers are watts, traffic is bytes per second. */
export interface Second {
  /** A kernel was resident. */
  utilization: number;
  /** The engine was active. */
  engine: number;
  tensor: number;
  power: number;
  toHost: number;
  memory: number;
}

export type Trouble = 'idle' | 'stall' | 'hang' | 'restarts';

/** One job's life, second by second, with what a person who knew all would say of it. */
export interface Trace {
  kind: string;
  /** The seconds of one GPU; `undefined` while no exporter answers. */
  gpus: readonly (readonly (Second | undefined)[])[];
  /** From which second on the money is wasted, until the end; absent where all is well. */
  trouble?: { kind: Trouble; onset: number };
}

/** The character of one GPU job's hardware and code. */
export interface Character {
  engine: number;
  tensor: number;
  power: number;
  idlePower: number;
  toHost: number;
  memory: number;
}

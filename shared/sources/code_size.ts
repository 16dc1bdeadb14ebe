import { setFlagsFromString } from 'node:v8';

/**
 * The compilers that make code fast. Without them what runs a little each minute runs from its
 * bytecode, and the process holds 12 MB less: of what they make, and of their own code, which they
 * bring into memory. (V8 reads these settings whenever a function has become hot.)
 */
const COMPILERS = ['sparkplug', 'maglev', 'opt'];

/** For a process that is at rest nearly always. */
export function preferSmallCode(): void {
  for (const compiler of COMPILERS) setFlagsFromString(`--no-${compiler}`);
}

/**
 * How much the heap may grow before all of it is gone through for garbage, in per cent. V8 allows
 * 10 MB to a process that rests between its sweeps of a fleet: each sweep of a thousand exporters
 * then ends in one, which takes a quarter of its CPU. 11 MB more are held without.
 */
const HEAP_GROWTH = 100;

/** For one that has come to have a lot to do: hot code becomes some twenty times as fast. */
export function preferFastCode(): void {
  for (const compiler of COMPILERS) setFlagsFromString(`--${compiler}`);
  setFlagsFromString('--no-optimize-for-size');
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
}

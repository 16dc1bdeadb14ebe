/** What a program of this bench, which is a process of its own, took for a file. */
export interface Taken {
  lines: number;
  /** Of all of its threads. */
  cpuSeconds: number;
  /** The most that it held at once. */
  megabytes: number;
}

/** What this process took until now. */
export function taken(lines: number): Taken {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    lines,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    megabytes: (maxRSS * 1024) / 1e6,
  };
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process has used: seconds of CPU since it began, and bytes of memory that it holds now. */
export interface Usage {
  cpuSeconds: number;
  residentBytes: number;
}

/** The kernel's clock tick in which /proc counts, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export function usageOf(pid: number): Usage {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): Usage {
  // After the name, which may hold anything: state is field 3, utime and stime are 14 and 15.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
  return { cpuSeconds: ticks / TICKS_PER_SECOND, residentBytes: kilobytes * 1024 };
}

/** `ps` of BSD and macOS: kilobytes, and `[[hours:]minutes:]seconds`. */
function fromPs(pid: number): Usage {
  const line = execFileSync('ps', ['-o', 'rss=,time=', '-p', String(pid)], { encoding: 'utf8' });
  const [rss, time = ''] = line.trim().split(/\s+/);
  const cpuSeconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpuSeconds, residentBytes: Number(rss) * 1024 };
}

/**
 * How often a process's first thread, which runs its JavaScript, has gone to sleep since it began:
 * once for each timer and each piece of an answer. Linux alone tells; undefined elsewhere.
 */
export function sleepsOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const status = readFileSync(`/proc/${pid}/task/${pid}/status`, 'utf8');
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
}

import { readdirSync, readFileSync } from 'node:fs';

/** Nanoseconds that all threads of a process have run so far: the first field of each task's schedstat (Linux). */
export function processorNanoseconds(pid: number): bigint {
  let total = 0n;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      total += BigInt(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0] ?? '0');
    } catch {
      // The thread has ended in the meantime; what it used is lost, and is little.
    }
  }
  return total;
}

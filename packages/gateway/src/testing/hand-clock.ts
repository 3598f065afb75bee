import type { Clock } from '@bailiwick/domain';

/** A clock that stands still until it is advanced. */
export interface HandClock extends Clock {
  /** Moves time on by `ms`, and runs what became due, in order. */
  advance(ms: number): void;
}

/** Begins at 1,000,000 ms since the epoch. */
export function handClock(): HandClock {
  let now = 1_000_000;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  return {
    now: () => now,
    after: (delayMs, run) => {
      const timer = { at: now + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: (ms) => {
      const until = now + ms;
      for (;;) {
        const next = timers.toSorted((one, other) => one.at - other.at)[0];
        if (next === undefined || next.at > until) break;
        timers = timers.filter((timer) => timer !== next);
        now = next.at;
        next.run();
      }
      now = until;
    },
  };
}

import { type Clock, systemClock } from '@bailiwick/domain';

/** The machine's clock, whose hands a test may move on. */
export interface SkippingClock extends Clock {
  /** Moves time on by `ms` at once, and runs what has become due, in order. */
  skip(ms: number): void;
}

/** Time goes on by itself, too: a test that has nothing to skip sees the machine's. */
export function skippingClock(): SkippingClock {
  let ahead = 0;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const now = (): number => systemClock.now() + ahead;
  return {
    now,
    after: (delayMs, run) => {
      const timer = { at: now() + delayMs, run: () => stop() && run() };
      const stopReal = systemClock.after(delayMs, () => timer.run());
      const stop = (): boolean => {
        stopReal();
        return timers.delete(timer);
      };
      timers.add(timer);
      return () => void stop();
    },
    skip: (ms) => {
      ahead += ms;
      const due = [...timers].filter(({ at }) => at <= now()).toSorted((one, other) => one.at - other.at);
      for (const timer of due) timer.run();
    },
  };
}

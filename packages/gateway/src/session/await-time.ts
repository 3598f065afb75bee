import type { Clock, EpochMs } from '@bailiwick/domain';

/** The longest that Node's timers can wait; more would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Runs `run` once when it is `at` by the clock, however far that is; the returned function prevents it. */
export function awaitTime(clock: Clock, at: EpochMs, run: () => void): () => void {
  let stop: () => void = () => {};
  const wait = (): void => {
    const left = at - clock.now();
    if (left > TIMER_MS_MAX) stop = clock.after(TIMER_MS_MAX, wait);
    else stop = clock.after(Math.max(left, 0), run);
  };
  wait();
  return () => stop();
}

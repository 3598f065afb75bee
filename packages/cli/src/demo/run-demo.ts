import { type DemoOptions, startDemo } from './demo.ts';
import { demoScreen } from './demo-screen.ts';
import { ProgressLines } from './progress.ts';
import { playTour } from './tour/tour.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Ctrl-C under `npm start` comes twice: from the terminal, and passed on by npm. */
const SIGNAL_REPEATED_MS = 1_000;
/** As shells report a process that SIGINT has ended. */
const EXIT_INTERRUPTED = 130;

export interface RunDemoOptions {
  /** Play the scripted tour and end, instead of staying up. */
  readonly tour: boolean;
  /** Directory to keep the demo's files in; null: a temporary one. */
  readonly keep: string | null;
  readonly serve: DemoOptions['serve'];
}

/**
 * `bailiwick demo`: starts everything, then stays up until Ctrl-C or SIGTERM, or plays the tour. Resolves to the exit
 * code: 0, or 1 when a step of the tour did not do what it shows, or 130 when it was interrupted while starting. Rejects
 * when the demo cannot be started.
 */
export async function runDemo({ tour, keep, serve }: RunDemoOptions): Promise<number> {
  const stopped = new AbortController();
  let firstAt: number | null = null;
  const onSignal = (): void => {
    firstAt ??= performance.now();
    // Whoever asks again does not want to wait for a clean end.
    if (performance.now() - firstAt > SIGNAL_REPEATED_MS) process.exit(EXIT_INTERRUPTED);
    stopped.abort(new Error('interrupted'));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const progress = new ProgressLines(process.stderr);
  try {
    const demo = await startDemo({
      keep,
      serve,
      signal: stopped.signal,
      progress: (task, fraction) => progress.update(task, fraction),
    });
    progress.done();
    try {
      if (tour) return (await Promise.race([playTour(demo, print), aborted(stopped.signal)])) === true ? 0 : 1;
      process.stdout.write(demoScreen(demo, keep !== null));
      await aborted(stopped.signal);
      return 0;
    } finally {
      if (!tour) process.stderr.write('\nending the demo …\n');
      await demo.stop();
    }
  } catch (error) {
    if (stopped.signal.aborted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    progress.done();
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Resolves when the signal is aborted, and keeps the process alive until then. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => {}, 2 ** 30);
    const end = (): void => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

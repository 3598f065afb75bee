import type { Demo } from '../demo.ts';
import { within } from '../wait-for.ts';
import { TourStage } from './stage.ts';
import type { TourStep } from './step.ts';
import { type PrintLine, StepReport } from './step-report.ts';
import { TOUR_STEPS } from './steps.ts';

/** Longest that one step may take: the slowest waits for a reviewer, who is the tour itself. */
const STEP_TIMEOUT_MS = 45_000;

/** Plays the tour on a running demo and prints it. Resolves to whether every step did what it shows. */
export async function playTour(
  demo: Demo,
  print: PrintLine,
  steps: readonly TourStep[] = TOUR_STEPS,
): Promise<boolean> {
  const stage = new TourStage(demo);
  const broken: string[] = [];
  try {
    for (const [index, step] of steps.entries()) {
      print('');
      print(`  ${index + 1}/${steps.length}  ${step.title}`);
      const report = new StepReport(print);
      try {
        await within('the step', STEP_TIMEOUT_MS, step.run(stage, report));
      } catch (error) {
        report.broke(error);
      }
      if (!report.held) broken.push(step.title);
    }
  } finally {
    await stage.close();
  }
  print('');
  print(
    broken.length === 0
      ? `Tour: all ${steps.length} steps did what they show.`
      : `Tour: ${broken.length} of ${steps.length} steps did not do what they show: ${broken.join('; ')}`,
  );
  return broken.length === 0;
}

import type { TourStage } from './stage.ts';
import type { StepReport } from './step-report.ts';

/** One act of the tour. */
export interface TourStep {
  /** What it is about to show. */
  readonly title: string;
  /** Does it, and checks each thing that it shows against the database itself. May throw: the step has then failed. */
  run(stage: TourStage, report: StepReport): Promise<void>;
}

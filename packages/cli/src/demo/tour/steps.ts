import { connect } from './connect.ts';
import { flippedByte } from './flipped-byte.ts';
import { heldInsert } from './held-insert.ts';
import { maskedRows } from './masked-rows.ts';
import { metrics } from './metrics.ts';
import { rejectedDelete } from './rejected-delete.ts';
import { replay } from './replay.ts';
import { residencyBlock } from './residency-block.ts';
import type { TourStep } from './step.ts';
import { ticket } from './ticket.ts';
import { verify } from './verify.ts';

/** The tour, in order: later steps read what earlier ones left. */
export const TOUR_STEPS: readonly TourStep[] = [
  connect,
  maskedRows,
  residencyBlock,
  heldInsert,
  ticket,
  rejectedDelete,
  replay,
  verify,
  flippedByte,
  metrics,
];

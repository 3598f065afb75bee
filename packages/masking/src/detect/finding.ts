import type { DetectorName } from '@bailiwick/domain';
import type { Reading } from './reading.ts';
import type { Words } from './words.ts';

/** A place in a text that is what a detector looks for; `end` is behind it. */
export interface Finding {
  readonly detector: DetectorName;
  readonly start: number;
  readonly end: number;
}

/** What detectors see of a text. */
export interface Scene {
  readonly reading: Reading;
  readonly words: Words;
}

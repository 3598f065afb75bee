/** How many guesses at masked values one identity may make within any stretch of time of this length. */
export interface Budget {
  /** Refusals name it as the rule. */
  readonly id: string;
  readonly windowMs: number;
  readonly probesMax: number;
}

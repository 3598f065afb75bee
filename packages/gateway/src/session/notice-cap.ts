/** What becomes of a notice: relayed, the one over the limit, or one of those behind it. */
export type NoticeVerdict = 'within' | 'over' | 'behind';

/** Counts the notices of one statement: a flood of them ends the statement (SEMANTICS 39). */
export class NoticeCap {
  /** 0: no limit. */
  readonly #max: number;
  #count = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** The statement under way has been found to flood. */
  get exceeded(): boolean {
    return this.#max > 0 && this.#count > this.#max;
  }

  /** One more notice of the statement under way. Over again after as many more: it may have caught the cancel. */
  next(): NoticeVerdict {
    if (this.#max === 0) return 'within';
    this.#count++;
    if (this.#count <= this.#max) return 'within';
    return this.#count % (this.#max + 1) === 0 ? 'over' : 'behind';
  }

  /** The statement is over. */
  ended(): void {
    this.#count = 0;
  }
}

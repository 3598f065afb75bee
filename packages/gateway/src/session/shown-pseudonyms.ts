/** Pseudonyms of one session that are remembered; the oldest are forgotten first. */
const REMEMBERED_MAX = 4096;
/** A shorter one may well be somebody's real value. */
const LENGTH_MIN = 8;
/** Longer ones are not remembered: together they are at most 1 MiB. */
const LENGTH_MAX = 256;

/** What masks whose output looks like any value (`token`, `fpe`) have shown to a session, to know it when it comes back. */
export class ShownPseudonyms {
  readonly #shown = new Set<string>();

  /** @param cell as the client is given it: text in UTF-8. It is copied. */
  remember(cell: Buffer): void {
    if (cell.length < LENGTH_MIN || cell.length > LENGTH_MAX) return;
    const text = cell.toString('utf8');
    if (this.#shown.has(text)) return;
    if (this.#shown.size >= REMEMBERED_MAX) for (const oldest of this.#shown) if (this.#shown.delete(oldest)) break;
    this.#shown.add(text);
  }

  has(text: string): boolean {
    return this.#shown.has(text);
  }
}

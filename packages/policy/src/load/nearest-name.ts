/** Edits that turn one word into the other: insert, delete, replace, swap neighbours (optimal string alignment). */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const at = (line: readonly number[], index: number) => line[index] ?? Number.MAX_SAFE_INTEGER;
      let best = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + Number(!same),
      );
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) best = Math.min(best, at(before, column - 2) + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[to.length] ?? Number.MAX_SAFE_INTEGER;
}

/** The known name that a mistyped one most likely meant; null when none is near. */
export function nearestName(written: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const name of known) {
    const edits = distance(written.toLowerCase(), name.toLowerCase());
    if (edits < bestDistance) [best, bestDistance] = [name, edits];
  }
  return best;
}

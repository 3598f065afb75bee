/** Edits that turn one word into the other: insert, delete, replace, swap neighbours (optimal string alignment). */
function distance(from: string, to: string): number {
  let before: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (previous[column] ?? 0) + Number(letter !== other);
      const edits = [replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1];
      const swapped = row > 0 && column > 0 && from[row - 1] === other && letter === to[column - 1];
      if (swapped) edits.push((before[column - 1] ?? 0) + 1);
      current.push(Math.min(...edits));
    }
    before = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/** `; did you mean x?`, or nothing where no known name is near. */
export function didYouMean(written: string, known: readonly string[]): string {
  const scored = known.map((name) => ({ name, edits: distance(written.toLowerCase(), name.toLowerCase()) }));
  const [best] = scored.sort((a, b) => a.edits - b.edits);
  return best !== undefined && best.edits <= Math.max(1, Math.floor(written.length / 3))
    ? `; did you mean ${best.name}?`
    : '';
}

/**
 * Whether something holds. `maybe` is what a missing attribute, an unknown place or a failing condition gives; whoever
 * acts on it takes the stricter reading (CONTRACT section 4).
 */
export type Certainty = 'yes' | 'maybe' | 'no';

/** Holds when all hold. */
export function every(parts: readonly Certainty[]): Certainty {
  if (parts.includes('no')) return 'no';
  return parts.includes('maybe') ? 'maybe' : 'yes';
}

/** Holds when one holds; `no` of nothing. */
export function some(parts: readonly Certainty[]): Certainty {
  if (parts.includes('yes')) return 'yes';
  return parts.includes('maybe') ? 'maybe' : 'no';
}

/** The opposite; doubt stays doubt. */
export function not(part: Certainty): Certainty {
  if (part === 'maybe') return 'maybe';
  return part === 'yes' ? 'no' : 'yes';
}

import type { ColumnRef, Lineage } from '@bailiwick/domain';

/**
 * What is known so far of where a value comes from. `nothing` is the bottom of the lattice: a recursive reference
 * that has contributed no value yet. Column references are compared by identity: one object a column a catalog.
 */
export type Trace =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'base'; readonly column: ColumnRef; readonly sources: ReadonlySet<ColumnRef> }
  | { readonly kind: 'derived'; readonly sources: ReadonlySet<ColumnRef> }
  | { readonly kind: 'unknown'; readonly reason: string };

const NO_SOURCES: ReadonlySet<ColumnRef> = new Set();

/** No value yet. */
export const NOTHING: Trace = { kind: 'nothing' };

/** Computed from nothing that is stored. */
export const SOURCELESS: Trace = { kind: 'derived', sources: NO_SOURCES };

/** Sources of a trace; an unknown one has none that can be named. */
export const sourcesOf = (trace: Trace): ReadonlySet<ColumnRef> =>
  trace.kind === 'base' || trace.kind === 'derived' ? trace.sources : NO_SOURCES;

const union = (traces: readonly Trace[]): ReadonlySet<ColumnRef> => {
  const sources = new Set<ColumnRef>();
  for (const trace of traces) for (const source of sourcesOf(trace)) sources.add(source);
  return sources;
};

/** A value computed from others: derived from everything they come from, unknown as soon as one of them is. */
export function derive(traces: readonly Trace[]): Trace {
  for (const trace of traces) if (trace.kind === 'unknown') return trace;
  return traces.length === 0 ? SOURCELESS : { kind: 'derived', sources: union(traces) };
}

/** A value that equals the first trace's and that the others are equal to. */
export function mergeFirst(traces: readonly Trace[]): Trace {
  const first = traces[0];
  const derived = derive(traces);
  return first?.kind === 'base' && derived.kind === 'derived'
    ? { kind: 'base', column: first.column, sources: derived.sources }
    : derived;
}

/** A value that is one of several: base only where all of them are the same unmodified column. */
export function mergeAny(traces: readonly Trace[]): Trace {
  const contributing = traces.filter((trace) => trace.kind !== 'nothing');
  const first = contributing[0];
  if (first === undefined) return NOTHING;
  const derived = derive(contributing);
  const same = contributing.every(
    (trace) => trace.kind === 'base' && first.kind === 'base' && trace.column === first.column,
  );
  return same && first.kind === 'base' && derived.kind === 'derived'
    ? { kind: 'base', column: first.column, sources: derived.sources }
    : derived;
}

/** The same trace with one more source: the view's or generated column that passes the value on. */
export function through(trace: Trace, reference: ColumnRef): Trace {
  if (trace.kind === 'unknown') return trace;
  const sources = new Set(sourcesOf(trace)).add(reference);
  return trace.kind === 'base' ? { kind: 'base', column: trace.column, sources } : { kind: 'derived', sources };
}

/** Whether two traces say the same. */
export function sameTrace(a: Trace, b: Trace): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'base' && b.kind === 'base' && a.column !== b.column) return false;
  const [left, right] = [sourcesOf(a), sourcesOf(b)];
  return left.size === right.size && [...left].every((source) => right.has(source));
}

/** The trace in the form that facts carry. */
export function toLineage(trace: Trace): Lineage {
  switch (trace.kind) {
    case 'nothing':
      return { kind: 'derived', sources: [] };
    case 'base':
      return { kind: 'base', column: trace.column, sources: [...trace.sources] };
    case 'derived':
      return { kind: 'derived', sources: [...trace.sources] };
    case 'unknown':
      return trace;
  }
}

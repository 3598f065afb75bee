const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A signal that is aborted when this process is told to end. After `release` the platform's own handling is back. */
export function untilSignal(): { readonly signal: AbortSignal; release(): void } {
  const told = new AbortController();
  const abort = (): void => told.abort();
  for (const name of SIGNALS) process.on(name, abort);
  return {
    signal: told.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, abort);
    },
  };
}

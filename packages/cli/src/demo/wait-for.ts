const EVERY_MS = 50;

/** Asks again until there is something, at most `timeoutMs`; then throws an error that names what was awaited. */
export async function waitFor<Found>(
  what: string,
  timeoutMs: number,
  look: () => Promise<Found | null | undefined>,
): Promise<Found> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${timeoutMs / 1000} s`);
    await new Promise((wake) => setTimeout(wake, EVERY_MS));
  }
}

/** The promise's outcome, or an error that names what was awaited when it takes longer than `timeoutMs`. */
export async function within<Outcome>(what: string, timeoutMs: number, promise: Promise<Outcome>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}

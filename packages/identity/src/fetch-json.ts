import type { Clock } from '@bailiwick/domain';
import { isJsonObject, type JsonObject } from './claim-path.ts';

/** `fetch` as this package calls it. */
export type Fetch = (
  url: string,
  init: {
    readonly redirect: 'error';
    readonly signal: AbortSignal;
    readonly headers: Readonly<Record<string, string>>;
  },
) => Promise<Response>;

/** How long an issuer may take to answer, headers and body together. */
export const FETCH_TIMEOUT_MS = 5_000;

/** Largest document read from an issuer: a set of sixty RSA keys with certificate chains has about 200 KB. */
export const DOCUMENT_BYTES_MAX: number = 512 * 1024;

/**
 * Gets a JSON object. Redirects are not followed: the keys that open the databases come from the address that was
 * configured or discovered, or not at all.
 * @throws Error saying what went wrong; never quotes the document.
 */
export async function fetchJson(fetch: Fetch, clock: Clock, url: string): Promise<JsonObject> {
  const controller = new AbortController();
  const cancelTimeout = clock.after(FETCH_TIMEOUT_MS, () => controller.abort());
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: controller.signal,
      headers: { accept: 'application/json' },
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`answered with status ${response.status}`);
    }
    return parseDocument(await readBounded(response));
  } catch (error) {
    throw new Error(controller.signal.aborted ? `gave no answer within ${FETCH_TIMEOUT_MS} ms` : reasonOf(error));
  } finally {
    cancelTimeout();
  }
}

async function readBounded(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Counts what comes out of a decompressor, so that a small answer cannot grow without bound.
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > DOCUMENT_BYTES_MAX) throw new Error(`answered with more than ${DOCUMENT_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseDocument(bytes: Buffer): JsonObject {
  try {
    const document: unknown = JSON.parse(bytes.toString('utf8'));
    if (isJsonObject(document)) return document;
  } catch {
    // Falls through: the parser's own message would quote the document.
  }
  throw new Error('answered with something that is not a JSON object');
}

/** `fetch failed` hides the reason in a chain of causes: the innermost one says it. */
function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return reason instanceof Error ? reason.message : 'failed';
}

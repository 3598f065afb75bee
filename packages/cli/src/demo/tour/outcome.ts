import type { Result } from 'pg';

export type Row = Record<string, unknown>;

/** An error that a server, or the gateway in its place, answered with. */
export interface ServerError {
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly detail: string;
  readonly severity: string;
}

/** The result of a text that holds one statement. */
export const oneResult = (result: Result | Result[]): Result => {
  const one = Array.isArray(result) ? result.at(-1) : result;
  if (one === undefined) throw new Error('the query gave no result');
  return one;
};

/** The error that a promise ends with; throws when it ends well, or with an error that no server sent. */
export async function errorOf(promise: Promise<unknown>): Promise<ServerError> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const field = (name: string): string => String((error as unknown as Record<string, unknown>)[name] ?? '');
    return { code: field('code'), message: error.message, detail: field('detail'), severity: field('severity') };
  }
  throw new Error('the statement was not refused');
}

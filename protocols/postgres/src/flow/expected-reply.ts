import type { NameChange } from './name-space.ts';

/** What a frontend message that was sent upstream makes the server answer with. */
export type RequestKind =
  | 'query'
  | 'function-call'
  | 'parse'
  | 'bind'
  | 'describe-statement'
  | 'describe-portal'
  | 'execute'
  | 'close'
  | 'sync'
  /** Nothing was sent: the gateway answers by itself, in turn. */
  | 'local';

/** One entry of the queue that pairs replies with requests. `P` is whatever the session attaches to a
 * request, `N` to a name. */
export interface ExpectedReply<P, N> {
  readonly request: RequestKind;
  readonly plan: P | null;
  /** The gateway's own message: its replies (errors apart) are not for the client. */
  readonly withheld: boolean;
  /** The message was put in place of a refused one: it must fail, and its error is replaced by this frame. */
  readonly refusal: Buffer | null;
  /** It can only fail, with the server's own error where there is no `refusal`. */
  readonly mustFail: boolean;
  /** `local` only: the frames to deliver when its turn has come, given the transaction status byte. */
  readonly answer: ((status: number) => Buffer) | null;
  /** What it does to names once it has succeeded; for a Query, by statement. */
  readonly changes: readonly (readonly NameChange<N>[])[];
  /** The statement may enter COPY FROM STDIN. */
  readonly mayCopyIn: boolean;

  /** Statements of a Query that are done. */
  statementIndex: number;
  /** What is going on inside it now. */
  phase: 'waiting' | 'rows' | 'copy-out' | 'copied-out' | 'copy-in' | 'failed';
  /** RowDescription, or ParameterDescription of a Describe, was seen for the current statement. */
  described: boolean;
}

/** The parts of an expected reply that differ from the ordinary. */
export type ExpectedReplyOptions<P, N> = Partial<
  Pick<ExpectedReply<P, N>, 'withheld' | 'refusal' | 'mustFail' | 'answer' | 'changes' | 'mayCopyIn'>
>;

/** A fresh entry, in the one shape that all entries have. */
export function expectReply<P, N>(
  request: RequestKind,
  plan: P | null,
  options: ExpectedReplyOptions<P, N> = {},
): ExpectedReply<P, N> {
  return {
    request,
    plan,
    withheld: options.withheld ?? false,
    refusal: options.refusal ?? null,
    mustFail: options.mustFail ?? (options.refusal ?? null) !== null,
    answer: options.answer ?? null,
    changes: options.changes ?? [],
    mayCopyIn: options.mayCopyIn ?? false,
    statementIndex: 0,
    phase: 'waiting',
    described: false,
  };
}

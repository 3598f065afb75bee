import { GatewayError } from '@bailiwick/domain';
import { encodeClose, encodeDescribe, expectReply, type NameChange, type RequestKind } from '@bailiwick/postgres';
import type { ClientFrame, ClientSide } from './client-side.ts';
import { FAILING_EXECUTE, FAILING_PARSE } from './refusal-frames.ts';
import { type Request, requestOf } from './request.ts';
import type { NamedValue, PreparedStatement, StatementPlan } from './statement-plan.ts';

/** The refused message is replaced by one that must fail; everything behind it up to Sync is skipped (SEMANTICS 1). */
export const refuseExtended = (side: ClientSide, refusal: Buffer, plan: StatementPlan | null): undefined =>
  refuseBy(side, 'execute', FAILING_EXECUTE, refusal, plan);

/** As above for a Parse: one that fails takes the unnamed statement away, whoever refuses it. */
export const refuseParse = (side: ClientSide, name: string, refusal: Buffer, plan: StatementPlan | null): undefined =>
  refuseBy(side, 'parse', name === '' ? FAILING_PARSE : FAILING_EXECUTE, refusal, plan);

function refuseBy(
  { core, turn }: ClientSide,
  request: RequestKind,
  failing: Buffer,
  refusal: Buffer,
  plan: StatementPlan | null,
): undefined {
  core.flow.expect(expectReply<Request, NamedValue>(request, requestOf({ plan }), { refusal }));
  core.flow.skipToSync();
  turn.send(failing);
}

/**
 * A name that nobody made in this session. The server says so itself, in its own words and codes, which drivers prepare
 * again upon: whatever it has under the name that we do not know of is closed first.
 */
export function relayToMissing(
  { core, turn }: ClientSide,
  { buffer, start, end }: ClientFrame,
  request: RequestKind,
  kind: 'statement' | 'portal',
  name: string,
): undefined {
  const change: NameChange<NamedValue> = { what: kind, name, value: null };
  core.flow.expect(expectReply<Request, NamedValue>('close', requestOf({}), { withheld: true, changes: [[change]] }));
  core.flow.expect(expectReply<Request, NamedValue>(request, requestOf({}), { mustFail: true }));
  core.flow.skipToSync();
  turn.send(encodeClose({ kind, name }));
  turn.relay(buffer, start, end);
}

/** Asks what a statement's rows look like, for the gateway alone. */
export function describeForUs({ core, turn }: ClientSide, name: string, statement: PreparedStatement): void {
  statement.describing = true;
  core.flow.expect(expectReply('describe-statement', requestOf({ statement }), { withheld: true }));
  turn.send(encodeDescribe({ kind: 'statement', name }));
}

/** The name of a statement or portal that may not be used any more. */
export const uncertainName = (name: string): GatewayError =>
  new GatewayError(
    'unproven',
    `what "${name}" stands for is not certain any more, because code ran that was not analysed`,
    'prepare it again under another name',
  );

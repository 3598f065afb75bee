import { GatewayError } from '@bailiwick/domain';
import { encodeDescribe, expectReply } from '@bailiwick/postgres';
import type { ClientSide } from './client-side.ts';
import { FAILING_EXECUTE } from './refusal-frames.ts';
import { requestOf } from './request.ts';
import type { PreparedStatement, StatementPlan } from './statement-plan.ts';

/** The refused message is replaced by one that must fail; everything behind it up to Sync is skipped (SEMANTICS 1). */
export function refuseExtended({ core, turn }: ClientSide, refusal: Buffer, plan: StatementPlan | null): undefined {
  core.flow.expect(expectReply('execute', requestOf({ plan }), { refusal }));
  core.flow.skipToSync();
  turn.send(FAILING_EXECUTE);
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

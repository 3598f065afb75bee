import type { GatewayError } from '@bailiwick/domain';
import { expectReply } from '@bailiwick/postgres';
import type { ClientSide } from './client-side.ts';
import { encodeGatewayError, FAILING_QUERY } from './refusal-frames.ts';
import { requestOf } from './request.ts';
import type { StatementPlan } from './statement-plan.ts';

/** The refused Query or FunctionCall is replaced by a Query that must fail and has a ReadyForQuery of its own (SEMANTICS 1). */
export function refuseSimple({ core, turn }: ClientSide, error: GatewayError, plan: StatementPlan | null): undefined {
  core.flow.expect(expectReply('query', requestOf({ plan }), { refusal: encodeGatewayError(error) }));
  turn.send(FAILING_QUERY);
}

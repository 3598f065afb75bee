import type { Portal, PreparedStatement, StatementPlan } from './statement-plan.ts';
import type { PlaceMap } from './text-edits.ts';

/** What the session attaches to a request that is under way. */
export interface Request {
  readonly plan: StatementPlan | null;
  /** Of Describe: what it asked about. */
  readonly statement: PreparedStatement | null;
  readonly portal: Portal | null;
  /** ParameterDescription is replaced by one without parameters: the gateway brings the values. */
  readonly hideParameters: boolean;
  /** Later statements wait for the end of this one. */
  readonly unsettles: boolean;
  /** Of a Describe that stands for a Query's own description: a statement without rows has none. */
  readonly silentNoData: boolean;
  /** It is part of a question of the gateway's own: between pipelines of the client, or inside one. */
  readonly ask: 'alone' | 'inside' | null;
  /** Of a Query whose text was edited: back to the places of the client's text. */
  readonly place: PlaceMap | null;
}

export const requestOf = (parts: Partial<Request>): Request => ({
  plan: parts.plan ?? null,
  statement: parts.statement ?? null,
  portal: parts.portal ?? null,
  hideParameters: parts.hideParameters ?? false,
  unsettles: parts.unsettles ?? false,
  silentNoData: parts.silentNoData ?? false,
  ask: parts.ask ?? null,
  place: parts.place ?? null,
});

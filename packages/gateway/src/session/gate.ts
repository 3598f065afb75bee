import { type BoundParameter, GatewayError } from '@bailiwick/domain';
import type { ClientSide } from './client-side.ts';
import { Hold } from './hold.ts';
import { approvalSubject, type Judgement } from './judgement.ts';
import { errorOf } from './refusal-frames.ts';

/** Whether a judged statement may go upstream. `approval` is the request whose approval it uses up. */
export type Passage =
  | { readonly kind: 'pass'; readonly approval: string | null }
  | { readonly kind: 'refuse'; readonly error: GatewayError }
  /** Nobody waits for an answer any more. */
  | { readonly kind: 'drop' };

const PASS: Passage = { kind: 'pass', approval: null };

/** What the statement is called in messages: `INSERT on public.orders`. */
export function nameStatement(judgement: Judgement): string {
  const commands = [...new Set(judgement.facts.map((one) => one.command))].join(', ');
  const written = judgement.facts.flatMap((one) =>
    one.tables.filter(({ access }) => access === 'write').map(({ table }) => `${table.schema}.${table.name}`),
  );
  const tables = [...new Set(written)].join(', ');
  return tables === '' ? commands || 'the statement' : `${commands} on ${tables}`;
}

/** Lets a judged statement pass at once, or says that it has to be held: null. */
export function passNow(judgement: Judgement): Passage | null {
  if (judgement.error !== null) return { kind: 'refuse', error: judgement.error };
  return judgement.decision.hold === null ? PASS : null;
}

/**
 * Holds a statement on the wire until a reviewer has decided or its time is up (SEMANTICS 2 and 5): nothing of it is
 * sent before. What was sent earlier is flushed, and if any of that fails meanwhile the statement is moot.
 */
export async function hold(
  side: ClientSide,
  judgement: Judgement,
  mode: 'simple' | 'extended',
  sql: string,
  parameters: readonly BoundParameter[],
): Promise<Passage> {
  const { core } = side;
  const terms = judgement.decision.hold;
  if (terms === null) return PASS;
  await side.commitAndFlush();
  if (side.moot()) return { kind: 'drop' };
  const { approvals, clock, telemetry, holdMs } = core.options;
  const { identity } = core.info;
  const holding = new Hold(
    {
      approvals,
      claims: core.claims,
      clock,
      telemetry,
      holdMs,
      datasource: core.info.datasource,
      unchangedParameter: ['server_version', core.parameters.get('server_version') ?? ''],
      deliver: (frames) => side.host.deliverNow(frames),
      record: (what, request, by) => {
        if (!core.over) core.record({ type: 'approval', request, what, by });
      },
      what: nameStatement(judgement),
    },
    terms,
  );
  side.held.begin(holding);
  try {
    const outcome = await holding.run({
      sessionId: core.info.id,
      subject: approvalSubject(core, mode, sql, parameters, judgement.facts),
      human: identity.human?.subject ?? null,
      agent: identity.agent?.subject ?? null,
      excluded: identity.chain,
      classes: [...new Set(judgement.facts.flatMap((one) => one.classes))],
      tables: [
        ...new Set(judgement.facts.flatMap((one) => one.tables.map(({ table }) => `${table.schema}.${table.name}`))),
      ],
      tags: judgement.decision.tags,
      terms,
    });
    if (outcome.kind === 'abandoned') return { kind: 'drop' };
    if (outcome.kind === 'refused') return { kind: 'refuse', error: outcome.error };
    return await stillAllowed(side, judgement, outcome.request.id);
  } catch (error) {
    // Too many requests wait already, say: that costs the statement, not the session.
    if (error instanceof GatewayError && error.form.severity === 'ERROR') return { kind: 'refuse', error };
    throw error;
  } finally {
    side.held.end();
  }
}

/** The policy may have changed while the statement waited: what is blocked now does not run, approval or not. */
async function stillAllowed(side: ClientSide, judgement: Judgement, request: string): Promise<Passage> {
  const { core } = side;
  const moot = side.moot();
  const { refusal } = core.decide(judgement.facts);
  if (!moot && refusal === null) return { kind: 'pass', approval: request };
  await core.claims.giveBack(request);
  return moot || refusal === null ? { kind: 'drop' } : { kind: 'refuse', error: errorOf(refusal) };
}

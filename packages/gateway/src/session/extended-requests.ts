import { decodeClose, decodeDescribe, expectReply, type NameChange } from '@bailiwick/postgres';
import { BindRequests } from './bind-requests.ts';
import type { ClientFrame, ClientSide } from './client-side.ts';
import { ExecuteRequests } from './execute-requests.ts';
import { relayToMissing } from './extended-refusal.ts';
import type { LocalRequests } from './local-requests.ts';
import { ParseRequests } from './parse-requests.ts';
import { type Request, requestOf } from './request.ts';
import type { NamedValue } from './statement-plan.ts';

/** The extended half of the protocol: Describe, Close and Sync here, Parse, Bind and Execute each in a class of its own. */
export class ExtendedRequests {
  readonly #side: ClientSide;
  readonly #local: LocalRequests;
  readonly #parse: ParseRequests;
  readonly #bind: BindRequests;
  readonly #execute: ExecuteRequests;

  constructor(side: ClientSide, local: LocalRequests) {
    this.#side = side;
    this.#local = local;
    this.#parse = new ParseRequests(side, local);
    this.#bind = new BindRequests(side, local);
    this.#execute = new ExecuteRequests(side, local);
  }

  parse(frame: ClientFrame): Promise<void> | undefined {
    return this.#parse.parse(frame);
  }

  bind(frame: ClientFrame): Promise<void> | undefined {
    return this.#bind.bind(frame);
  }

  execute(frame: ClientFrame): Promise<void> | undefined {
    return this.#execute.execute(frame);
  }

  describe(frame: ClientFrame): Promise<void> | undefined {
    const { core, turn } = this.#side;
    const { kind, name } = decodeDescribe(frame.body);
    if (core.flow.undecided(kind, name)) return this.#side.settledThen(() => this.describe(frame));
    const value = core.flow.find(kind, name);
    if (value === undefined)
      return relayToMissing(
        this.#side,
        frame,
        kind === 'portal' ? 'describe-portal' : 'describe-statement',
        kind,
        name,
      );
    const statement = value.kind === 'statement' ? value : value.statement;
    const local = statement?.local ?? null;
    if (local !== null)
      return this.#local.describe(local, value.kind === 'portal' ? (value.resultFormats ?? []) : null);
    const hideParameters = kind === 'statement' && statement?.run !== null;
    const parts =
      value.kind === 'statement' ? { statement: value, hideParameters } : { portal: value, plan: value.plan };
    core.flow.expect(expectReply(kind === 'portal' ? 'describe-portal' : 'describe-statement', requestOf(parts)));
    turn.relay(frame.buffer, frame.start, frame.end);
    return undefined;
  }

  close(frame: ClientFrame): Promise<void> | undefined {
    const { core, turn } = this.#side;
    const { kind, name } = decodeClose(frame.body);
    if (core.flow.undecided(kind, name)) return this.#side.settledThen(() => this.close(frame));
    const value = core.flow.find(kind, name);
    const statement = value?.kind === 'portal' ? value.statement : value;
    if (statement?.local) return this.#local.close(kind, name);
    const change: NameChange<NamedValue> = { what: kind, name, value: null };
    core.flow.expect(expectReply<Request, NamedValue>('close', requestOf({}), { changes: [[change]] }));
    turn.relay(frame.buffer, frame.start, frame.end);
    return undefined;
  }

  sync(frame: ClientFrame): undefined {
    const { core, turn } = this.#side;
    core.flow.expect(expectReply('sync', requestOf({})));
    core.claims.commitSent();
    turn.relay(frame.buffer, frame.start, frame.end);
  }
}

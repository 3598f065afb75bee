import {
  encodeBindComplete,
  encodeCloseComplete,
  encodeParameterDescription,
  encodeParseComplete,
  encodeRowDescription,
  expectReply,
  type NameChange,
} from '@bailiwick/postgres';
import type { ClientSide } from './client-side.ts';
import { answerFields, encodeAnswerRows, encodeSimpleAnswer } from './local-answers.ts';
import { requestOf } from './request.ts';
import { type LocalAnswer, type NamedValue, portalOf, preparedOf } from './statement-plan.ts';

/**
 * `SHOW bailiwick.…` in both halves of the protocol: nothing goes upstream, and each answer waits for its turn among the
 * database's own.
 */
export class LocalRequests {
  readonly #side: ClientSide;

  constructor(side: ClientSide) {
    this.#side = side;
  }

  async query(local: LocalAnswer): Promise<void> {
    const { core, turn } = this.#side;
    turn.withhold();
    const rows = await local.rows();
    core.flow.expect(
      expectReply('local', requestOf({}), { answer: (status) => encodeSimpleAnswer(local, rows, status) }),
    );
  }

  parse(name: string, sql: string, local: LocalAnswer): undefined {
    const statement = preparedOf({ sql, local });
    return this.#answer(encodeParseComplete(), [{ what: 'statement', name, value: statement }]);
  }

  bind(portal: string, local: LocalAnswer, resultFormats: readonly (0 | 1)[]): undefined {
    const value = portalOf({ statement: preparedOf({ sql: '', local }), resultFormats });
    return this.#answer(encodeBindComplete(), [{ what: 'portal', name: portal, value }]);
  }

  /** @param formats of the portal; null: a statement is described, and its parameters with it. */
  describe(local: LocalAnswer, formats: readonly (0 | 1)[] | null): undefined {
    const description = encodeRowDescription({ fields: answerFields(local, formats ?? []) });
    const parameters = formats === null ? [encodeParameterDescription({ typeOids: [] })] : [];
    return this.#answer(Buffer.concat([...parameters, description]), []);
  }

  async execute(local: LocalAnswer): Promise<void> {
    this.#answer(encodeAnswerRows(local, await local.rows()), []);
  }

  close(kind: 'statement' | 'portal', name: string): undefined {
    return this.#answer(encodeCloseComplete(), [{ what: kind, name, value: null }]);
  }

  /** Queues frames of the gateway's own in place of the database's answer to the frame received last. */
  #answer(frames: Buffer, changes: readonly NameChange<NamedValue>[]): undefined {
    const { core, turn } = this.#side;
    turn.withhold();
    core.flow.expect(expectReply('local', requestOf({}), { answer: () => frames, changes: [changes] }));
  }
}

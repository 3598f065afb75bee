import {
  encodeBind,
  encodeClose,
  encodeExecute,
  encodeParse,
  encodeSync,
  expectReply,
  type RequestKind,
} from '@bailiwick/postgres';
import type { ClientSide } from './client-side.ts';
import { OWN_NAMES } from './refusal-frames.ts';
import { requestOf } from './request.ts';

const FAILED = 0x45;
const NAME = `${OWN_NAMES}path`;

const SHOW_PATH = Buffer.concat([
  encodeParse({ statement: NAME, sql: 'SHOW search_path', parameterTypeOids: [] }),
  encodeBind({ portal: NAME, statement: NAME, parameterFormats: [], parameters: [], resultFormats: [] }),
  encodeExecute({ portal: NAME, rowsMax: 0 }),
  encodeClose({ kind: 'statement', name: NAME }),
  encodeClose({ kind: 'portal', name: NAME }),
]);
const REQUESTS: readonly RequestKind[] = ['parse', 'bind', 'execute', 'close', 'close'];

/**
 * Asks the server what the search_path is, between two statements of the session and unseen by its client: up to
 * PostgreSQL 17 it does not report it, and later ones not within a pipeline. Where a transaction has failed nothing can be asked, and the path stays unknown.
 */
export async function askPath({ core, turn, host }: ClientSide, flush: () => Promise<void>): Promise<void> {
  const { flow, searchPath } = core;
  searchPath.asked();
  await flush();
  await host.until(() => flow.underWay === 0);
  if (core.over || flow.skipping || flow.transactionStatus === FAILED) return;
  // Inside a pipeline a Sync would end its transaction.
  const ask = flow.pipelineOpen ? 'inside' : 'alone';
  for (const request of REQUESTS) flow.expect(expectReply(request, requestOf({ ask }), { withheld: true }));
  turn.send(SHOW_PATH);
  if (ask === 'alone') {
    flow.expect(expectReply('sync', requestOf({ ask }), { withheld: true }));
    turn.send(encodeSync());
  }
  await flush();
  await host.until(() => flow.underWay === 0);
}

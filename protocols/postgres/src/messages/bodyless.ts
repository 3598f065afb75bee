import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND, FRONTEND } from '../message-type.ts';

// The messages that are nothing but their type: their names say all there is.

/** Checks that a message which has no body has none. @throws ProtocolError */
export function decodeBodyless(messageName: string, body: Buffer): void {
  new ByteReader(body, 0, body.length, messageName).expectEnd();
}

const bodyless = (name: string, type: number): Buffer => new ByteWriter(name, type).finish();

/** CopyDone (F/B): the copy's data is complete. */
export const encodeCopyDone = (): Buffer => bodyless('CopyDone', FRONTEND.CopyDone);
/** Flush (F): send what is pending, without a Sync. */
export const encodeFlush = (): Buffer => bodyless('Flush', FRONTEND.Flush);
/** Sync (F): ends a pipeline and the skipping after an error; answered by ReadyForQuery. */
export const encodeSync = (): Buffer => bodyless('Sync', FRONTEND.Sync);
/** Terminate (F): the client leaves. */
export const encodeTerminate = (): Buffer => bodyless('Terminate', FRONTEND.Terminate);
/** ParseComplete (B) */
export const encodeParseComplete = (): Buffer => bodyless('ParseComplete', BACKEND.ParseComplete);
/** BindComplete (B) */
export const encodeBindComplete = (): Buffer => bodyless('BindComplete', BACKEND.BindComplete);
/** CloseComplete (B) */
export const encodeCloseComplete = (): Buffer => bodyless('CloseComplete', BACKEND.CloseComplete);
/** NoData (B): what was described returns no rows. */
export const encodeNoData = (): Buffer => bodyless('NoData', BACKEND.NoData);
/** PortalSuspended (B): Execute's row limit was reached. */
export const encodePortalSuspended = (): Buffer => bodyless('PortalSuspended', BACKEND.PortalSuspended);
/** EmptyQueryResponse (B): stands for CommandComplete after an empty query string. */
export const encodeEmptyQueryResponse = (): Buffer => bodyless('EmptyQueryResponse', BACKEND.EmptyQueryResponse);

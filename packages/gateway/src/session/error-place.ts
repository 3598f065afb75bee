import { decodeErrorResponse, encodeErrorResponse } from '@bailiwick/postgres';
import type { Request } from './request.ts';
import type { PlaceMap } from './text-edits.ts';

/** The way back from the text that went upstream for a request; null: it is the client's own. */
export const placeOf = (request: Request | null): PlaceMap | null =>
  request?.place ?? request?.statement?.place ?? request?.portal?.statement?.place ?? null;

/** An ErrorResponse whose position is one in the client's own text (SEMANTICS 4). */
export function placeError(body: Buffer, place: PlaceMap): Buffer {
  const { fields } = decodeErrorResponse(body);
  const position = Number(fields.get('P'));
  if (!Number.isSafeInteger(position) || position < 1) return encodeErrorResponse({ fields });
  return encodeErrorResponse({ fields: new Map([...fields, ['P', String(place(position))]]) });
}

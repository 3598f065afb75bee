import { GatewayError, type TranscriptEntry } from '@bailiwick/domain';
import { isoTime } from './api-context.ts';

/**
 * A transcript as the text of one JSON object. What cannot be read any further ends `items` and is named in `fault`,
 * so that a short transcript is never taken for a whole one; a reply that breaks off is no JSON at all.
 */
export async function* transcriptJson(
  entries: AsyncIterable<TranscriptEntry>,
  onFault: (error: unknown) => void,
): AsyncGenerator<string> {
  let separator = '{"items":[';
  let fault: string | null = null;
  try {
    for await (const entry of entries) {
      yield separator + JSON.stringify({ ...entry, at: isoTime(entry.at) });
      separator = ',\n';
    }
  } catch (error) {
    onFault(error);
    fault = error instanceof GatewayError ? error.message : 'The transcript could not be read any further.';
  }
  yield `${separator === ',\n' ? '' : separator}],"next":null,"fault":${JSON.stringify(fault)}}\n`;
}

import type { Log } from '@bailiwick/domain';

/** A log that keeps every line with everything that its fields hold, errors with stack and cause included. */
export function recordingLog(): { readonly log: Log; readonly text: () => string } {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (fields: object, message: string): void => {
      lines.push(JSON.stringify({ level, message, ...(plain(fields, 0) as object) }));
    };
  return {
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    text: () => lines.join('\n'),
  };
}

const DEPTH_MAX = 6;

/** A serialiser that hides nothing: what a careless one would write, the tests must see. */
function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth === DEPTH_MAX) return '…';
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  const own = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, depth + 1)]));
  if (!(value instanceof Error)) return own;
  return { ...own, message: value.message, stack: value.stack, cause: plain(value.cause, depth + 1) };
}

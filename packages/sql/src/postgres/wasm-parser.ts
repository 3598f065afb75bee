import load, { type PgQueryModule } from 'libpg-query/wasm/libpg-query.js';
import { UnparsedError } from '../understand.ts';

/**
 * Instances of libpg-query's WebAssembly. A text that nests deeper than the machine's stack makes an instance trap
 * in the middle of its work, with its memory in an unknown state: such an instance is never used again. A spare
 * is kept ready, because making one is asynchronous and parsing is not.
 */
const INSTANCES_READY = 2;
const ready: PgQueryModule[] = [];
let filling: Promise<void> | null = null;

/** Makes instances until enough are ready. */
export async function fillInstances(): Promise<void> {
  filling ??= (async () => {
    while (ready.length < INSTANCES_READY) ready.push(await load());
  })().finally(() => {
    filling = null;
  });
  await filling;
}

/** The parser's own account of what is wrong: `position` counts characters from 1, 0 where unknown. */
export interface ParserFault {
  readonly message: string;
  readonly position: number;
}

/** The parse tree of `text` (UTF-8, no NUL) as JSON, or the parser's fault. Throws `UnparsedError` when it traps. */
export function parseToJson(text: Buffer): string | ParserFault {
  return withInstance(text, (instance, pointer) => {
    const result = instance._wasm_parse_query_raw(pointer);
    if (result === 0) throw new RangeError('out of memory');
    const error = instance.getValue(result + 8, 'i32');
    const outcome =
      error === 0
        ? instance.UTF8ToString(instance.getValue(result, 'i32'))
        : {
            message: instance.UTF8ToString(instance.getValue(error, 'i32')),
            position: instance.getValue(error + 16, 'i32'),
          };
    instance._wasm_free_parse_result(result);
    return outcome;
  });
}

/** The tokens of `text` as JSON, or the scanner's fault. Throws `UnparsedError` when it traps. */
export function scanToJson(text: Buffer): string | ParserFault {
  return withInstance(text, (instance, pointer) => {
    const result = instance._wasm_scan(pointer);
    if (result === 0) throw new RangeError('out of memory');
    const json = instance.UTF8ToString(result);
    instance._wasm_free_string(result);
    return json.startsWith('{') ? json : { message: json, position: 0 };
  });
}

/** Bytes of memory that the instance in use holds; tests watch that it does not grow. */
export function parserMemoryBytes(): number {
  return ready[0]?.HEAPU8.length ?? 0;
}

function withInstance<T>(text: Buffer, use: (instance: PgQueryModule, pointer: number) => T): T {
  const instance = ready[0];
  if (instance === undefined) throw new UnparsedError('the parser is starting; send the statement again', -1);
  try {
    const pointer = instance._malloc(text.length + 1);
    if (pointer === 0) throw new RangeError('out of memory');
    instance.HEAPU8.set(text, pointer);
    instance.HEAPU8[pointer + text.length] = 0;
    const outcome = use(instance, pointer);
    instance._free(pointer);
    return outcome;
  } catch {
    ready.shift();
    // A failure to load leaves no instance ready, and the next use says so.
    fillInstances().catch(() => {});
    throw new UnparsedError('the statement nests too deep or is too large for the parser', -1);
  }
}

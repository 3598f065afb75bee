import {
  decodeRowDescription,
  encodeBind,
  encodeClose,
  encodeCopyData,
  encodeCopyDone,
  encodeDescribe,
  encodeExecute,
  encodeFlush,
  encodeParse,
  encodeQuery,
  encodeSync,
} from '@bailiwick/postgres';
import {
  cellsOf,
  errorsOf,
  extendedStatement,
  type ServerFrame,
  tagsOf,
  type WireClient,
  type WireError,
} from '../servers/wire-client.ts';
import type { Entry, Protocol, Step } from './corpus.ts';

/** What a client saw of an entry. */
export interface Observation {
  readonly frames: readonly ServerFrame[];
  readonly received: Buffer;
  readonly cells: readonly string[];
  readonly errors: readonly WireError[];
  /** A step did not end in time. */
  readonly late: boolean;
}

const STEP_MS = 4_000;
const END = Symbol('late');

/** Sends an entry's steps, each after the reply to the one before. Stops when the connection ends or a step is late. */
export async function runEntry(wire: WireClient, entry: Entry, protocol: Protocol): Promise<Observation> {
  const before = wire.received.length;
  const frames: ServerFrame[] = [];
  let late = false;
  for (const step of entry.sql) {
    send(wire, step, protocol);
    const replies = await withinTime(repliesTo(wire, step));
    late = replies === END;
    if (replies === END) break;
    frames.push(...replies);
    if (wire.ended) break;
  }
  return {
    frames,
    received: wire.received.subarray(before),
    cells: [
      ...cellsOf(frames).flatMap((row) => row.map((cell) => cell?.toString('utf8') ?? '')),
      ...frames.filter(({ type }) => type === 'd').map(({ body }) => body.toString('utf8')),
    ],
    errors: errorsOf(frames),
    late,
  };
}

/** All that a client can see, timing and what names a request apart. */
export function observableOf({ frames, late }: Observation): string {
  const shown = frames.filter(({ type }) => type !== 'S' && type !== 'N');
  const notices = errorsOf(frames, 'N')
    .filter(({ C }) => C !== '00000')
    .map(({ M }) => M);
  return JSON.stringify([
    shown.map(({ type, body }) => `${type} ${bodyOf(type, body)}`),
    errorsOf(frames).map(({ C, M, D, H, P }) => withoutIds(JSON.stringify([C, M, D, H, P]))),
    notices,
    tagsOf(frames),
    late,
  ]);
}

/** Errors are shown by their fields; what was made since the start has another oid in each database. */
function bodyOf(type: string, body: Buffer): string {
  if (type === 'E') return '';
  if (type !== 'T') return body.toString('latin1');
  const { fields } = decodeRowDescription(body);
  return JSON.stringify(fields.map((field) => ({ ...field, tableOid: Math.min(field.tableOid, FIRST_NORMAL_OID) })));
}

/** The first oid that is not initdb's (access/transam.h). */
const FIRST_NORMAL_OID = 16_384;

/** Requests for approval have ids of their own. */
const withoutIds = (text: string): string => text.replaceAll(/[a-z]+_[0-9A-Za-z]{10,}|[0-9A-HJKMNP-TV-Z]{26}/g, 'ID');

async function withinTime<T>(work: Promise<T>): Promise<T | typeof END> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof END>((resolve) => {
    timer = setTimeout(() => resolve(END), STEP_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function repliesTo(wire: WireClient, step: Step): Promise<ServerFrame[]> {
  const syncs = typeof step === 'object' && 'msgs' in step ? step.msgs.filter(([type]) => type === 'S').length : 1;
  const frames: ServerFrame[] = [];
  for (let ends = 0; ends < syncs; ) {
    const frame = await wire.frame();
    if (frame === null) return frames;
    frames.push(frame);
    if (frame.type === 'Z') ends++;
    if (frame.type === 'G') {
      const data = typeof step === 'object' && 'q' in step ? (step.copy ?? '') : '';
      wire.send(encodeCopyData({ data: Buffer.from(data) }), encodeCopyDone());
    }
  }
  return frames;
}

function send(wire: WireClient, step: Step, protocol: Protocol): void {
  if (typeof step === 'string') return sendSql(wire, step, protocol);
  if ('hex' in step) {
    const text = Buffer.from(step.hex, 'hex');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length + 5);
    return wire.send(Buffer.concat([Buffer.from('Q'), length, text, Buffer.of(0)]));
  }
  if ('pipeline' in step) return wire.send(...step.pipeline.map((sql) => extendedStatement(sql)), encodeSync());
  if ('msgs' in step) return wire.send(...step.msgs.map(messageOf));
  const plain = step.params === undefined && step.binary !== true && step.maxRows === undefined;
  if (plain) return sendSql(wire, step.q, step.proto ?? protocol);
  const { q, params = [], binary = false, maxRows = 0 } = step;
  const parameters = params.map((value) => Buffer.from(value));
  wire.send(
    encodeParse({ statement: '', sql: q, parameterTypeOids: [] }),
    encodeBind({ portal: '', statement: '', parameterFormats: [], parameters, resultFormats: binary ? [1] : [] }),
    encodeDescribe({ kind: 'portal', name: '' }),
    encodeExecute({ portal: '', rowsMax: maxRows }),
    encodeSync(),
  );
}

const sendSql = (wire: WireClient, sql: string, protocol: Protocol): void =>
  protocol === 'simple'
    ? wire.send(encodeQuery({ sql }))
    : wire.send(extendedStatement(sql, [], protocol === 'binary' ? [1] : []), encodeSync());

function messageOf([type, first = '', second = '', third = 0]: readonly [string, ...(string | number)[]]): Buffer {
  const [name, other] = [String(first), String(second)];
  const kind = name === 'S' ? 'statement' : 'portal';
  switch (type) {
    case 'P':
      return encodeParse({ statement: name, sql: other, parameterTypeOids: [] });
    case 'B':
      return encodeBind({
        ...{ portal: name, statement: other, parameterFormats: [], parameters: [] },
        resultFormats: third === 1 ? [1] : [],
      });
    case 'D':
      return encodeDescribe({ kind, name: other });
    case 'E':
      return encodeExecute({ portal: name, rowsMax: Number(second) });
    case 'C':
      return encodeClose({ kind, name: other });
    case 'H':
      return encodeFlush();
    case 'S':
      return encodeSync();
    default:
      throw new Error(`no such message in a corpus: ${type}`);
  }
}

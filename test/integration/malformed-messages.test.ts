// Every message a client can send, cut at every byte, with bytes behind it and with lengths that lie, through a real
// gateway: one FATAL 08P01, a closed session, nothing run, and everybody else goes on.
import {
  encodeBind,
  encodeClose,
  encodeCopyFail,
  encodeDescribe,
  encodeExecute,
  encodeFlush,
  encodeFunctionCall,
  encodeGssencRequest,
  encodeParse,
  encodeQuery,
  encodeSslRequest,
  encodeStartupMessage,
  encodeSync,
  encodeTerminate,
} from '@bailiwick/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  EU_PERSON,
  errorsOf,
  openTcp,
  rowsOf,
  startTestGateway,
  type TestGateway,
  WireClient,
} from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

let gateway: TestGateway;
let plain: TestGateway;
let bystander: WireClient;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA });
  plain = await startTestGateway({ policy: MASKING_POLICY, tls: false, handshakeTimeoutMs: 2_000 });
  bystander = await gateway.wire(EU_PERSON);
});
afterAll(async () => {
  await gateway.close();
  await plain.close();
});

const INSERT = encodeQuery({ sql: `INSERT INTO runs VALUES ('smuggled')` });
const value = Buffer.from('1');

/** One good frame of each type; only COPY data has no form that could be broken. */
const MESSAGES: Readonly<Record<string, Buffer>> = {
  Query: encodeQuery({ sql: 'SELECT 1' }),
  Parse: encodeParse({ statement: 's', sql: 'SELECT $1', parameterTypeOids: [23] }),
  Bind: encodeBind({ portal: 'p', statement: 's', parameterFormats: [0], parameters: [value], resultFormats: [0] }),
  Describe: encodeDescribe({ kind: 'portal', name: 'p' }),
  Execute: encodeExecute({ portal: 'p', rowsMax: 1 }),
  Close: encodeClose({ kind: 'statement', name: 's' }),
  FunctionCall: encodeFunctionCall({ functionOid: 870, argumentFormats: [0], arguments: [value], resultFormat: 0 }),
  Sync: encodeSync(),
  Flush: encodeFlush(),
  Terminate: encodeTerminate(),
};

const withBody = (frame: Buffer, body: Buffer, length = body.length + 4): Buffer => {
  const header = Buffer.from(frame.subarray(0, 5));
  header.writeInt32BE(length, 1);
  return Buffer.concat([header, body]);
};

function malformed(frame: Buffer): readonly Buffer[] {
  const body = frame.subarray(5);
  const cuts = Array.from({ length: body.length }, (_, length) => withBody(frame, body.subarray(0, length)));
  const longer = [Buffer.of(0), Buffer.from('x')].map((more) => withBody(frame, Buffer.concat([body, more])));
  const lengths = [0, 3, -1, -0x8000_0000, 0x7fff_ffff].map((length) => withBody(frame, body, length));
  return [...cuts, ...longer, ...lengths];
}

async function endsInOneError(wire: WireClient, bytes: Buffer): Promise<void> {
  wire.send(bytes);
  const errors = errorsOf(await wire.rest());
  expect(errors, bytes.toString('hex')).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
}

describe.each(Object.entries(MESSAGES))('%s', (_name, frame) => {
  test('each malformed form ends the session with one error', async () => {
    // A handful at a time: one by one they take long, all at once they are more than a gateway lets in.
    const forms = [...malformed(frame)];
    while (forms.length > 0)
      await Promise.all(
        forms.splice(0, 8).map(async (bytes) => {
          const wire = await gateway.wire(EU_AGENT);
          await endsInOneError(wire, Buffer.concat([bytes, INSERT]));
        }),
      );
    expect(await gateway.sql('SELECT * FROM runs')).toEqual([]);
    expect(rowsOf(await bystander.query('SELECT 1'))).toEqual([['1']]);
  });
});

test('while COPY data is read, a malformed CopyFail or CopyDone ends the session, and nothing is copied', async () => {
  const fail = encodeCopyFail({ reason: 'why' });
  const done = Buffer.from([0x63, 0, 0, 0, 4]);
  for (const bytes of [...malformed(fail), ...malformed(done)]) {
    const wire = await gateway.wire(EU_AGENT);
    wire.send(encodeQuery({ sql: 'COPY runs FROM STDIN' }));
    await wire.replies('G');
    await endsInOneError(wire, Buffer.concat([bytes, INSERT]));
  }
  expect(await gateway.sql('SELECT * FROM runs')).toEqual([]);
});

describe('before there is a session', () => {
  const hello = encodeStartupMessage({
    protocolMinor: 0,
    parameters: new Map([
      ['user', 'x'],
      ['database', 'crm'],
    ]),
    protocolOptions: new Map(),
  });
  const packet = (body: Buffer, length = body.length + 4): Buffer => {
    const header = Buffer.alloc(4);
    header.writeInt32BE(length);
    return Buffer.concat([header, body]);
  };
  const open = async (): Promise<WireClient> => new WireClient(await openTcp(plain));

  test('a StartupMessage that is cut, goes on, or lies about its length', async () => {
    const body = hello.subarray(4);
    for (let length = 4; length < body.length; length++)
      await endsInOneError(await open(), packet(body.subarray(0, length)));
    await endsInOneError(await open(), packet(Buffer.concat([body, Buffer.of(0)])));
    // What begins with another byte than zero is taken for another protocol, and answered the same.
    for (const length of [0, 3, 7, -1, 0x7fff_ffff, 10_005]) await endsInOneError(await open(), packet(body, length));
  });

  test('requests for encryption with anything in them', async () => {
    for (const request of [encodeSslRequest(), encodeGssencRequest()])
      await endsInOneError(await open(), packet(Buffer.concat([request.subarray(4), Buffer.of(0)])));
  });

  test.each([
    ['a StartupMessage', hello],
    ['a single byte', Buffer.of(0)],
    ['the beginning of a TLS handshake', Buffer.from('160301', 'hex')],
    ['another SSLRequest', encodeSslRequest()],
  ])('%s behind SSLRequest ends the connection, on a listener with TLS and on one without', async (_what, bytes) => {
    for (const { host, port } of [gateway, plain]) {
      const wire = new WireClient(await openTcp({ host, port }));
      await endsInOneError(wire, Buffer.concat([encodeSslRequest(), bytes]));
    }
  });
});

import { ProtocolError } from '@bailiwick/wire';
import { describe, expect, test } from 'vitest';
import { expectReply } from './expected-reply.ts';
import { SessionFlow } from './session-flow.ts';

type Value = { readonly name: string; readonly holdable: boolean };
const reply = expectReply<string, Value>;
const flowOf = (): SessionFlow<string, Value> => new SessionFlow<string, Value>((value) => value.holdable);
const receive = (flow: SessionFlow<string, Value>, type: string, status = 'I') =>
  flow.receive(type.charCodeAt(0), type, status.charCodeAt(0));
const statement = (name: string, value: string) => [
  [{ what: 'statement' as const, name, value: { name: value, holdable: false } }],
];
const portal = (name: string, holdable = false) => [
  [{ what: 'portal' as const, name, value: { name: `portal ${name}`, holdable } }],
];

describe('replies are paired with requests', () => {
  test('a Query of two statements takes two results and one ReadyForQuery', () => {
    const flow = flowOf();
    flow.expect(reply('query', 'plan'));
    expect(receive(flow, 'T').kind).toBe('row-description');
    expect(receive(flow, 'D').kind).toBe('row');
    expect(receive(flow, 'C')).toMatchObject({ kind: 'complete', statementIndex: 0 });
    expect(receive(flow, 'C')).toMatchObject({ kind: 'complete', statementIndex: 1 });
    expect(receive(flow, 'Z')).toMatchObject({ kind: 'ready', failed: false });
    expect(flow.underWay).toBe(0);
  });

  test('a second result set inside one statement is told apart', () => {
    const flow = flowOf();
    flow.expect(reply('query', 'plan'));
    receive(flow, 'T');
    expect(receive(flow, 'T')).toMatchObject({ kind: 'row-description', again: true });
  });

  test.each([
    ['DataRow', 'D'],
    ['CommandComplete', 'C'],
    ['ParseComplete', '1'],
    ['BindComplete', '2'],
    ['CloseComplete', '3'],
    ['ReadyForQuery', 'Z'],
    ['RowDescription', 'T'],
    ['NoData', 'n'],
    ['PortalSuspended', 's'],
    ['CopyInResponse', 'G'],
    ['CopyOutResponse', 'H'],
    ['CopyBothResponse', 'W'],
    ['CopyData', 'd'],
    ['FunctionCallResponse', 'V'],
  ])('%s that answers nothing is a violation', (_name, type) => {
    expect(() => receive(flowOf(), type)).toThrow(ProtocolError);
  });

  test.each(['1', 'D', 'Z', 'C', 'n', 's'])('a Bind is not answered by %s', (type) => {
    const flow = flowOf();
    flow.expect(reply('bind', null));
    expect(() => receive(flow, type)).toThrow(ProtocolError);
  });

  test('nothing but ReadyForQuery follows the error of a Query', () => {
    const flow = flowOf();
    flow.expect(reply('query', 'plan'));
    receive(flow, 'E');
    expect(() => receive(flow, 'D')).toThrow(ProtocolError);
    expect(receive(flow, 'Z', 'E')).toMatchObject({ kind: 'ready', failed: true });
  });
});

describe('an error skips to Sync', () => {
  test('what the server skips is discarded, up to the Sync', () => {
    const flow = flowOf();
    for (const request of ['parse', 'bind', 'execute', 'sync', 'parse'] as const) flow.expect(reply(request, null));
    const outcome = receive(flow, 'E');
    expect(outcome).toMatchObject({
      kind: 'error',
      discarded: [{ request: 'parse' }, { request: 'bind' }, { request: 'execute' }],
    });
    expect(receive(flow, 'Z').kind).toBe('ready');
    expect(receive(flow, '1').kind).toBe('relay');
  });

  test('without a Sync under way, client frames are dropped until one comes', () => {
    const flow = flowOf();
    flow.expect(reply('parse', null));
    receive(flow, 'E');
    for (const type of ['P', 'B', 'E', 'Q', 'H', 'F']) expect(flow.admit(type.charCodeAt(0), type)).toBe('drop');
    expect(flow.admit('S'.charCodeAt(0), 'Sync')).toBe('process');
    flow.expect(reply('sync', null));
    expect(flow.admit('Q'.charCodeAt(0), 'Query')).toBe('process');
  });

  test('an error is of the past once its transaction is over', () => {
    const flow = flowOf();
    flow.expect(reply('query', 'ROLLBACK; INSERT'));
    flow.expect(reply('query', 'x'));
    receive(flow, 'E');
    receive(flow, 'Z', 'E');
    receive(flow, 'C');
    flow.transactionOver();
    receive(flow, 'C');
    expect(receive(flow, 'Z')).toMatchObject({ kind: 'ready', failed: false });
  });

  test('an error at Sync itself (a deferred constraint) discards nothing', () => {
    const flow = flowOf();
    flow.expect(reply('sync', null));
    flow.expect(reply('parse', null));
    expect(receive(flow, 'E')).toMatchObject({ kind: 'error', discarded: [] });
    expect(receive(flow, 'Z').kind).toBe('ready');
    expect(receive(flow, '1').kind).toBe('relay');
  });
});

describe('what was put in place of a refused message', () => {
  test.each([
    ['execute', 'D'],
    ['execute', 'C'],
    ['execute', 's'],
    ['execute', 'G'],
    ['query', 'T'],
    ['query', 'C'],
    ['query', 'Z'],
  ] as const)('a %s may not succeed: the attack of a portal under its name (%s)', (request, type) => {
    const flow = flowOf();
    flow.expect(reply(request, 'plan', { refusal: Buffer.from('refused'), mayCopyIn: true }));
    expect(() => receive(flow, type)).toThrow(ProtocolError);
  });

  test('its error is the refusal', () => {
    const flow = flowOf();
    flow.expect(reply('query', null, { refusal: Buffer.from('refused') }));
    expect(receive(flow, 'E')).toMatchObject({ kind: 'error', reply: { refusal: Buffer.from('refused') } });
    expect(receive(flow, 'Z').kind).toBe('ready');
  });
});

describe('a request that the server would skip', () => {
  test('cannot be expected: later replies would be taken for its answer', () => {
    const flow = flowOf();
    flow.expect(reply('parse', null));
    receive(flow, 'E');
    expect(() => flow.expect(reply('query', 'after a hold'))).toThrow(ProtocolError);
    flow.expect(reply('sync', null));
    flow.expect(reply('query', 'plan'));
    expect(receive(flow, 'Z').kind).toBe('ready');
  });
});

describe('names follow what the server has confirmed', () => {
  test('a name counts for later requests while its Parse is under way', () => {
    const flow = flowOf();
    flow.expect(reply('parse', null, { changes: statement('s', 'A') }));
    expect(flow.find('statement', 's')?.name).toBe('A');
  });

  test('a Close and a Parse that the server skipped leave the old statement: the attack of a failing pipeline', () => {
    const flow = flowOf();
    flow.expect(reply('parse', null, { changes: statement('s', 'A') }));
    receive(flow, '1');
    flow.expect(reply('execute', null));
    flow.expect(reply('close', null, { changes: [[{ what: 'statement', name: 's', value: null }]] }));
    flow.expect(reply('parse', null, { changes: statement('s', 'B') }));
    flow.expect(reply('sync', null));
    expect(flow.find('statement', 's')?.name).toBe('B');
    receive(flow, 'E');
    receive(flow, 'Z');
    expect(flow.find('statement', 's')?.name).toBe('A');
  });

  test('portals end with the transaction, cursors WITH HOLD do not', () => {
    const flow = flowOf();
    flow.expect(reply('query', 'p', { changes: [portal('c')[0] ?? [], portal('h', true)[0] ?? []] }));
    receive(flow, 'C');
    receive(flow, 'C');
    receive(flow, 'Z', 'T');
    expect(flow.find('portal', 'c')).toBeDefined();
    flow.expect(reply('query', 'p'));
    receive(flow, 'C');
    receive(flow, 'Z', 'I');
    expect(flow.find('portal', 'c')).toBeUndefined();
    expect(flow.find('portal', 'h')).toBeDefined();
  });

  test('a COMMIT under way already ends portals: a function may open another under the same name', () => {
    const flow = flowOf();
    flow.expect(reply('bind', null, { changes: portal('c') }));
    receive(flow, '2');
    flow.expect(reply('execute', null, { changes: [[{ what: 'transaction', name: null, value: null }]] }));
    expect(flow.find('portal', 'c')).toBeUndefined();
    receive(flow, 'C');
    expect(flow.find('portal', 'c')).toBeUndefined();
  });

  test('a COMMIT under way leaves the cursors WITH HOLD that are confirmed, and those that are under way', () => {
    const flow = flowOf();
    const commit = [{ what: 'transaction' as const, name: null, value: null }];
    flow.expect(reply('query', 'p', { changes: portal('h', true) }));
    receive(flow, 'C');
    receive(flow, 'Z', 'T');
    flow.expect(reply('execute', null, { changes: portal('k', true) }));
    flow.expect(reply('execute', null, { changes: [commit] }));
    expect([flow.find('portal', 'h')?.name, flow.find('portal', 'k')?.name]).toEqual(['portal h', 'portal k']);
    expect([flow.undecided('portal', 'h'), flow.undecided('portal', 'k')]).toEqual([false, false]);
  });

  test('a COMMIT that may fail alone leaves it open whether a portal is there', () => {
    const flow = flowOf();
    flow.expect(reply('bind', null, { changes: portal('c') }));
    receive(flow, '2');
    flow.expect(reply('query', 'p', { changes: [[{ what: 'transaction', name: null, value: null }]] }));
    expect(flow.undecided('portal', 'c')).toBe(true);
  });

  test('DEALLOCATE ALL forgets every statement that has a name', () => {
    const flow = flowOf();
    flow.expect(reply('parse', null, { changes: statement('', 'U') }));
    receive(flow, '1');
    flow.expect(reply('parse', null, { changes: statement('s', 'A') }));
    receive(flow, '1');
    flow.expect(reply('query', 'p', { changes: [[{ what: 'statement', name: null, value: null }]] }));
    receive(flow, 'C');
    receive(flow, 'Z');
    expect(flow.find('statement', 's')).toBeUndefined();
    expect(flow.find('statement', '')?.name).toBe('U');
  });
});

describe('what was sent ahead may fail', () => {
  const confirmed = (): SessionFlow<string, Value> => {
    const flow = flowOf();
    flow.expect(reply('parse', null, { changes: statement('s', 'A') }));
    receive(flow, '1');
    return flow;
  };

  test('a name is decided behind its Parse, and undecided behind the Sync: the attack of a Parse that fails', () => {
    const flow = confirmed();
    flow.expect(reply('parse', null, { changes: statement('s', 'B') }));
    expect(flow.undecided('statement', 's')).toBe(false);
    flow.expect(reply('sync', null));
    expect(flow.undecided('statement', 's')).toBe(true);
    expect(flow.undecided('statement', 'other')).toBe(false);
    expect(flow.namesDecided).toBe(false);
    receive(flow, 'E');
    receive(flow, 'Z');
    expect(flow.undecided('statement', 's')).toBe(false);
    expect(flow.namesDecided).toBe(true);
    expect(flow.find('statement', 's')?.name).toBe('A');
  });

  test('a Query that fails skips nothing: the attack of a PREPARE that fails', () => {
    const flow = confirmed();
    flow.expect(reply('query', 'p', { changes: statement('s', 'B') }));
    expect(flow.undecided('statement', 's')).toBe(true);
    receive(flow, 'C');
    receive(flow, 'Z');
    expect(flow.find('statement', 's')?.name).toBe('B');
  });

  test('each statement of a text may be the last that succeeds', () => {
    const flow = flowOf();
    const changes = [
      ...statement('s', 'B'),
      [{ what: 'statement' as const, name: 's', value: null }],
      ...statement('s', 'C'),
    ];
    flow.expect(reply('query', 'p', { changes }));
    expect(flow.undecided('statement', 's')).toBe(true);
  });

  test("a name that may not exist is the server's to refuse, one that may is waited for", () => {
    const flow = flowOf();
    flow.expect(reply('parse', null, { changes: statement('s', 'A') }));
    flow.expect(reply('sync', null));
    expect(flow.undecided('statement', 's')).toBe(false);
    flow.expect(reply('close', null, { changes: [[{ what: 'statement', name: 's', value: null }]] }));
    flow.expect(reply('sync', null));
    expect(flow.undecided('statement', 's')).toBe(true);
  });
});

describe('COPY', () => {
  test('Syncs that were sent before the server began to read copy data are swallowed', () => {
    const flow = flowOf();
    flow.expect(reply('execute', null, { mayCopyIn: true }));
    flow.expect(reply('sync', null));
    expect(receive(flow, 'G').kind).toBe('copy-in');
    expect(flow.admit('d'.charCodeAt(0), 'CopyData')).toBe('process');
    expect(flow.admit('S'.charCodeAt(0), 'Sync')).toBe('drop');
    expect(() => flow.admit('Q'.charCodeAt(0), 'Query')).toThrow(ProtocolError);
    flow.endCopyIn();
    flow.expect(reply('sync', null));
    expect(receive(flow, 'C').kind).toBe('complete');
    expect(receive(flow, 'Z').kind).toBe('ready');
  });

  test('a Sync behind a COPY by Query is swallowed too: the attack of a reply too few', () => {
    const flow = flowOf();
    flow.expect(reply('query', 'copy', { mayCopyIn: true }));
    flow.expect(reply('sync', null));
    receive(flow, 'G');
    flow.endCopyIn();
    receive(flow, 'C');
    expect(receive(flow, 'Z').kind).toBe('ready');
    flow.expect(reply('query', 'harmless'));
    flow.expect(reply('query', 'masked'));
    receive(flow, 'E');
    receive(flow, 'Z');
    expect(receive(flow, 'T')).toMatchObject({ reply: { plan: 'masked' } });
  });

  test('copy frames cannot be told until the server has said whether it reads them', () => {
    const flow = flowOf();
    expect(flow.copyUndecided).toBe(false);
    flow.expect(reply('execute', null, { mayCopyIn: true }));
    flow.expect(reply('sync', null));
    expect(flow.copyUndecided).toBe(true);
    receive(flow, 'G');
    expect(flow.copyUndecided).toBe(false);
    flow.endCopyIn();
    expect(flow.copyUndecided).toBe(true);
    expect(flow.admit('S'.charCodeAt(0), 'Sync')).toBe('process');
    receive(flow, 'C');
    expect(flow.copyUndecided).toBe(false);
    expect(flow.admit('d'.charCodeAt(0), 'CopyData')).toBe('drop');
  });

  test('copy frames behind an error are not waited for', () => {
    const flow = flowOf();
    flow.expect(reply('execute', null, { mayCopyIn: true }));
    receive(flow, 'E');
    expect(flow.copyUndecided).toBe(false);
    expect(flow.admit('d'.charCodeAt(0), 'CopyData')).toBe('drop');
  });

  test('copy data after the copy has failed is dropped', () => {
    const flow = flowOf();
    flow.expect(reply('query', 'p', { mayCopyIn: true }));
    receive(flow, 'G');
    receive(flow, 'E');
    receive(flow, 'Z');
    expect(flow.admit('d'.charCodeAt(0), 'CopyData')).toBe('drop');
    expect(flow.admit('c'.charCodeAt(0), 'CopyDone')).toBe('drop');
  });

  test('a statement that is no COPY may not enter it', () => {
    const flow = flowOf();
    flow.expect(reply('query', 'p'));
    expect(() => receive(flow, 'G')).toThrow(ProtocolError);
  });
});

describe('answers of the gateway', () => {
  test('wait for their turn', () => {
    const flow = flowOf();
    flow.expect(reply('query', 'p'));
    flow.expect(reply('local', null, { answer: () => Buffer.from('x') }));
    expect(flow.takeLocal()).toHaveLength(0);
    receive(flow, 'C');
    receive(flow, 'Z');
    expect(flow.takeLocal()).toHaveLength(1);
    expect(flow.underWay).toBe(0);
  });

  test('are skipped with the rest of a failed pipeline', () => {
    const flow = flowOf();
    flow.expect(reply('parse', null));
    flow.expect(reply('local', null, { answer: () => Buffer.from('x') }));
    flow.expect(reply('sync', null));
    receive(flow, 'E');
    expect(flow.takeLocal()).toHaveLength(0);
  });
});

// Random pipelines against a small model of the server: every reply is paired with the request that it answers, and a
// name that is bound or executed stands for what the flow said it would.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectReply, type RequestKind } from './expected-reply.ts';
import type { NameChange } from './name-space.ts';
import { SessionFlow } from './session-flow.ts';

type Value = string;

interface Operation {
  readonly kind:
    | 'parse'
    | 'bind'
    | 'describe'
    | 'execute'
    | 'copy'
    | 'close'
    | 'flush'
    | 'sync'
    | 'query'
    | 'data'
    | 'done';
  readonly name: string;
  readonly portal: string;
  /** The gateway refuses it. */
  readonly refused: boolean;
  /** The server finds a fault in it. */
  readonly fails: boolean;
  /** How many server frames arrive before the client's next one. */
  readonly arriving: number;
}

interface Sent extends Operation {
  readonly id: number;
  /** What the flow took the name for. */
  readonly takenFor: Value | undefined;
  readonly mustFail: boolean;
}

interface ServerFrame {
  readonly type: string;
  readonly id: number;
}

/** What PostgreSQL's main loop does with these messages outside transaction blocks, and no more. */
class ModelServer {
  readonly out: ServerFrame[] = [];
  readonly statements = new Map<string, Value>();
  readonly portals = new Map<string, Value>();
  #skipping = false;
  #copying: Sent | null = null;

  receive(sent: Sent): void {
    if (this.#copying !== null) this.#copy(this.#copying, sent);
    else if (sent.kind === 'data' || sent.kind === 'done') return;
    else if (sent.kind === 'sync') this.#sync(sent);
    else if (!this.#skipping) this.#run(sent);
  }

  #run(sent: Sent): void {
    const { id, name, portal } = sent;
    if (sent.kind === 'query') {
      this.statements.delete('');
      if (sent.fails || sent.mustFail) this.#send(id, 'E', 'Z');
      else {
        this.statements.set(name, `query ${id}`);
        this.#send(id, 'T', 'D', 'C', 'Z');
      }
      this.portals.clear();
      return;
    }
    if (sent.kind === 'flush') return;
    if (sent.kind === 'parse' && name === '') this.statements.delete('');
    if (sent.fails || sent.mustFail || this.#refuses(sent)) {
      this.#skipping = true;
      this.#send(id, 'E');
      return;
    }
    switch (sent.kind) {
      case 'parse':
        this.statements.set(name, `parse ${id}`);
        return this.#send(id, '1');
      case 'bind':
        expect(this.statements.get(name)).toBe(sent.takenFor);
        this.portals.set(portal, `portal of ${this.statements.get(name)}`);
        return this.#send(id, '2');
      case 'describe':
        return this.#send(id, 't', 'T');
      case 'close':
        this.statements.delete(name);
        return this.#send(id, '3');
      case 'copy':
        expect(this.portals.get(portal)).toBe(sent.takenFor);
        this.#copying = sent;
        return this.#send(id, 'G');
      default:
        expect(this.portals.get(portal)).toBe(sent.takenFor);
        return this.#send(id, 'D', 'C');
    }
  }

  #refuses({ kind, name, portal }: Sent): boolean {
    if (kind === 'parse') return name !== '' && this.statements.has(name);
    if (kind === 'bind') return !this.statements.has(name) || (portal !== '' && this.portals.has(portal));
    if (kind === 'describe') return !this.statements.has(name);
    return (kind === 'execute' || kind === 'copy') && !this.portals.has(portal);
  }

  #copy(copying: Sent, sent: Sent): void {
    if (sent.kind === 'data' || sent.kind === 'sync' || sent.kind === 'flush') return;
    if (sent.kind !== 'done') throw new Error('the server would end the connection');
    this.#copying = null;
    this.#skipping = sent.fails;
    this.#send(copying.id, sent.fails ? 'E' : 'C');
  }

  #sync({ id }: Sent): void {
    this.#skipping = false;
    this.portals.clear();
    this.#send(id, 'Z');
  }

  #send(id: number, ...types: readonly string[]): void {
    for (const type of types) this.out.push({ type, id });
  }
}

/** The client's and the gateway's part. Plans are the ids of requests. */
class Driver {
  readonly server = new ModelServer();
  readonly flow = new SessionFlow<number, Value>(() => false);
  #id = 0;

  step(operation: Operation): void {
    const letter = LETTERS[operation.kind];
    const type = letter.charCodeAt(0);
    if ((letter === 'd' || letter === 'c') && this.flow.copyUndecided) this.deliver(Number.POSITIVE_INFINITY);
    // In copy mode the flow refuses whatever the server would end the connection for.
    if (this.flow.copyingIn && !'dcSH'.includes(letter)) {
      expect(() => this.flow.admit(type, letter)).toThrow();
      return;
    }
    // A client that cannot know yet would lose its connection: the model does not go there.
    if (this.flow.copyUndecided && !'dcSH'.includes(letter)) this.deliver(Number.POSITIVE_INFINITY);
    if (this.flow.copyingIn && !'dcSH'.includes(letter)) return;
    if (this.flow.admit(type, letter) === 'process') this.#process(operation);
    this.deliver(operation.arriving);
  }

  deliver(frames: number): void {
    for (let count = 0; count < frames; count++) {
      const frame = this.server.out.shift();
      if (frame === undefined) return;
      expect(this.flow.head?.plan).toBe(frame.id);
      this.flow.receive(frame.type.charCodeAt(0), frame.type, 'I'.charCodeAt(0));
    }
  }

  #process(operation: Operation): void {
    const id = ++this.#id;
    const { kind, name, portal } = operation;
    const isPortal = kind === 'execute' || kind === 'copy';
    this.#decide(kind, isPortal ? 'portal' : 'statement', isPortal ? portal : name);
    if (this.flow.admit(LETTERS[kind].charCodeAt(0), kind) === 'drop') return;
    const takenFor = isPortal ? this.flow.find('portal', portal) : this.flow.find('statement', name);
    const needs = isPortal || kind === 'bind' || kind === 'describe';
    const judged = needs || kind === 'parse' || kind === 'query';
    const mustFail = judged && (operation.refused || (needs && takenFor === undefined));
    this.#expect(operation, id, takenFor, mustFail);
    this.server.receive({ ...operation, id, takenFor, mustFail });
  }

  /** Whoever uses a name waits until it is decided. */
  #decide(kind: Operation['kind'], what: 'statement' | 'portal', name: string): void {
    if (!'bind describe execute copy close'.includes(kind)) return;
    if (this.flow.undecided(what, name)) this.deliver(Number.POSITIVE_INFINITY);
  }

  #expect({ kind, name, portal }: Operation, id: number, takenFor: Value | undefined, mustFail: boolean): void {
    if (kind === 'flush' || kind === 'data') return;
    if (kind === 'done') return this.flow.endCopyIn();
    const request = REQUESTS[kind];
    if (mustFail) {
      const refusal = Buffer.from('refused');
      this.flow.expect(expectReply(request === 'query' ? 'query' : 'execute', id, { refusal }));
      if (request !== 'query') this.flow.skipToSync();
      return;
    }
    const changes: Partial<Record<Operation['kind'], NameChange<Value>>> = {
      parse: { what: 'statement', name, value: `parse ${id}` },
      query: { what: 'statement', name, value: `query ${id}` },
      close: { what: 'statement', name, value: null },
      bind: { what: 'portal', name: portal, value: `portal of ${takenFor}` },
    };
    const change = changes[kind];
    this.flow.expect(
      expectReply(request, id, { changes: change === undefined ? [] : [[change]], mayCopyIn: kind === 'copy' }),
    );
  }
}

const LETTERS = {
  parse: 'P',
  bind: 'B',
  describe: 'D',
  execute: 'E',
  copy: 'E',
  close: 'C',
  flush: 'H',
  sync: 'S',
  query: 'Q',
  data: 'd',
  done: 'c',
} as const satisfies Record<Operation['kind'], string>;

const REQUESTS = {
  parse: 'parse',
  bind: 'bind',
  describe: 'describe-statement',
  execute: 'execute',
  copy: 'execute',
  close: 'close',
  sync: 'sync',
  query: 'query',
} as const satisfies Record<Exclude<Operation['kind'], 'flush' | 'data' | 'done'>, RequestKind>;

const operationOf = (kinds: readonly Operation['kind'][]): fc.Arbitrary<Operation> =>
  fc.record<Operation>({
    kind: fc.constantFrom(...kinds),
    name: fc.constantFrom('', 'a', 'b'),
    portal: fc.constantFrom('', 'p'),
    refused: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
    fails: fc.integer({ min: 0, max: 5 }).map((roll) => roll === 0),
    arriving: fc.constantFrom(0, 0, 1, 2, 9),
  });

/** Messages in an order in which they can succeed: random ones alone hardly ever get as far as a COPY. */
const flightOf = (...kinds: readonly Operation['kind'][]): fc.Arbitrary<readonly Operation[]> =>
  fc
    .tuple(fc.constantFrom('', 'a', 'b'), fc.constantFrom('', 'p'), ...kinds.map((kind) => operationOf([kind])))
    .map(([name, portal, ...flight]) => flight.map((operation) => ({ ...operation, name, portal })));

const ANY = Object.keys(LETTERS) as Operation['kind'][];
const operations = fc
  .array(
    fc.oneof(
      operationOf(ANY).map((operation) => [operation]),
      flightOf('parse', 'bind', 'execute', 'sync'),
      flightOf('close', 'parse', 'describe', 'bind', 'execute', 'execute', 'sync'),
      flightOf('parse', 'bind', 'copy', 'sync', 'sync', 'data', 'done', 'sync', 'query'),
      flightOf('parse', 'bind', 'copy', 'data', 'sync', 'done', 'data', 'sync', 'query'),
    ),
    { minLength: 3, maxLength: 15 },
  )
  .map((flights) => flights.flat());

const plain = { name: 'z', portal: '', refused: false, fails: false, arriving: 0 };

test('every reply is paired with its request, and every name stands for what it was taken for', () => {
  fc.assert(
    fc.property(operations, (pipeline) => {
      const driver = new Driver();
      for (const operation of pipeline) driver.step(operation);
      driver.deliver(Number.POSITIVE_INFINITY);
      driver.step({ ...plain, kind: 'done' });
      driver.step({ ...plain, kind: 'sync', arriving: Number.POSITIVE_INFINITY });
      expect(driver.flow.underWay).toBe(0);
      expect(driver.server.out).toEqual([]);
      for (const [name, value] of driver.server.statements) expect(driver.flow.find('statement', name)).toBe(value);
      for (const name of ['', 'p']) expect(driver.flow.find('portal', name)).toBeUndefined();
      for (const name of ['a', 'b'])
        expect(driver.flow.find('statement', name)).toBe(driver.server.statements.get(name));
    }),
    { numRuns: 200 },
  );
});

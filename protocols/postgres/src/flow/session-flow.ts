import { admitFrame, outOfOrder } from './client-admission.ts';
import type { ExpectedReply } from './expected-reply.ts';
import { type NameChange, NameSpace } from './name-space.ts';
import { RELAY, type ReplyOutcome, WITHHOLD } from './reply-outcome.ts';
import { RequestQueue } from './request-queue.ts';
import { endsWithReady, isDescribe, isRunning, withinReply } from './within-reply.ts';

const IDLE = 0x49;

/**
 * Both directions of one session after authentication, as a pure state machine: which client frames are legal and count
 * now, and which request each server frame answers (protocol section "Message Flow"). It decides nothing about policy.
 */
export class SessionFlow<P, N> {
  readonly names: NameSpace<N>;
  readonly #survives: (value: N) => boolean;
  readonly #queue = new RequestQueue<P, N>();
  #skipping = false;
  #copyIn = false;
  #status = IDLE;
  #failed = false;
  #pipelineOpen = false;

  /** @param survives whether a portal outlives its transaction (WITH HOLD). */
  constructor(survives: (value: N) => boolean) {
    this.#survives = survives;
    this.names = new NameSpace<N>(survives);
  }

  /** Status byte of the last ReadyForQuery: `I`, `T` or `E`. */
  get transactionStatus(): number {
    return this.#status;
  }

  /** An error was seen since the transaction (or implicit transaction) began. */
  get transactionFailed(): boolean {
    return this.#failed;
  }

  /** The server ignores everything until Sync, and so do we. */
  get skipping(): boolean {
    return this.#skipping;
  }

  get copyingIn(): boolean {
    return this.#copyIn;
  }

  /** The client has to send more before everything under way can end: copy data, or the Sync of a pipeline. */
  get awaitsClient(): boolean {
    const { last } = this.#queue;
    return this.#copyIn || this.#queue.copiesPossible > 0 || (last !== undefined && !endsWithReady(last));
  }

  /** Requests whose replies have not all arrived. */
  get underWay(): number {
    return this.#queue.length;
  }

  /** The request that the next server frame answers. */
  get head(): ExpectedReply<P, N> | undefined {
    return this.#queue.head;
  }

  /**
   * A copy frame cannot be told yet: a request that may read copy data is under way and has not said whether it does.
   * Whether the server swallows what follows depends on it, so whoever sends waits (and has asked for the replies).
   */
  get copyUndecided(): boolean {
    return this.#queue.copiesPossible > 0 && !this.#copyIn && !this.#skipping;
  }

  /** Whether some request that still waits for replies has this attached. */
  isUnderWay(matches: (plan: P | null) => boolean): boolean {
    for (const { plan } of this.#queue) if (matches(plan)) return true;
    return false;
  }

  /** What is attached to the requests that still wait for replies, in order. */
  *plansUnderWay(): Iterable<P> {
    for (const { plan } of this.#queue) if (plan !== null) yield plan;
  }

  /** What a name stands for once everything under way has succeeded. */
  find(what: 'statement' | 'portal', name: string): N | undefined {
    const [newest] = this.#meanings(what, name);
    return newest ?? undefined;
  }

  /**
   * Whether what a name stands for depends on requests under way that may fail without what comes now being skipped: then
   * whoever sends waits (and has asked for the replies). A name that may not exist at all is the server's to refuse.
   */
  undecided(what: 'statement' | 'portal', name: string): boolean {
    const [newest, ...others] = this.#meanings(what, name);
    return newest === null ? others.length > 0 : others.some((value) => value !== null);
  }

  /** Extended requests were sent that no Sync or Query has ended yet. */
  get pipelineOpen(): boolean {
    return this.#pipelineOpen;
  }

  /** A Sync or a Query is under way: outside a block it ends the transaction, and whatever failed rolls it back. */
  get mayEndTransaction(): boolean {
    return this.#queue.ends > 0;
  }

  /** No name at all is undecided. */
  get namesDecided(): boolean {
    return !this.#queue.namesOpen;
  }

  /**
   * Whether a client frame counts now. `drop`: the server would ignore it. Throws `ProtocolError` where the frame is not
   * legal in the present state.
   */
  admit(type: number, messageName: string): 'process' | 'drop' {
    return admitFrame(type, messageName, {
      copyIn: this.#copyIn,
      copyPossible: this.#queue.copiesPossible > 0,
      skipping: this.#skipping,
    });
  }

  /**
   * A request goes upstream (or, for `local`, joins the queue in its place). Throws `ProtocolError` where the server
   * would skip it: no reply would come, and every later one would be taken for the answer to something else.
   */
  expect(reply: ExpectedReply<P, N>): void {
    if (this.#skipping && reply.request !== 'sync') throw outOfOrder(reply.request);
    if (reply.request === 'sync') this.#skipping = false;
    if (reply.request !== 'local') this.#pipelineOpen = reply.request !== 'sync' && reply.request !== 'query';
    this.#queue.push(reply);
  }

  /** A refused extended message was replaced by one that must fail: the server will skip to Sync, so do we at once. */
  skipToSync(): void {
    this.#skipping = true;
  }

  /** COMMIT or ROLLBACK has succeeded inside a text or a pipeline: what failed before is of the past. */
  transactionOver(): void {
    this.#failed = false;
  }

  /** The client has ended its copy data, by CopyDone or CopyFail. */
  endCopyIn(): void {
    this.#copyIn = false;
  }

  /** Answers of the gateway's own whose turn has come, in order; empty when none has. */
  takeLocal(): readonly ExpectedReply<P, N>[] {
    if (this.head?.request !== 'local') return [];
    const taken: ExpectedReply<P, N>[] = [];
    for (let head = this.head; head !== undefined && head.request === 'local'; head = this.head) {
      for (const changes of head.changes) this.#apply(changes);
      taken.push(head);
      this.#queue.pop();
    }
    return taken;
  }

  /**
   * What a server frame is. Throws `ProtocolError` where it answers nothing that was asked.
   * @param type the frame's type byte. @param status ReadyForQuery's status byte, 0 otherwise.
   */
  receive(type: number, messageName: string, status: number): ReplyOutcome<P, N> {
    switch (type) {
      case 0x53: // ParameterStatus
      case 0x4e: // NoticeResponse
      case 0x41: // NotificationResponse
        return { kind: 'asynchronous' };
      case 0x45:
        return this.#error();
      case 0x5a:
        return this.#ready(status, messageName);
    }
    const head = this.head;
    // What was put in place of a refused message can only fail: anything else would be the answer to what was refused.
    if (head === undefined || head.phase === 'failed' || head.mustFail) throw outOfOrder(messageName);
    const within = withinReply(head, type);
    if (within !== null) return within;
    switch (type) {
      case 0x54: // RowDescription
        if (!isDescribe(head) || (head.request === 'describe-statement' && !head.described)) break;
        this.#finish(head);
        return { kind: 'row-description', reply: head, again: false };
      case 0x6e: // NoData
        if (!isDescribe(head)) break;
        this.#finish(head);
        return { kind: 'no-data', reply: head };
      case 0x31: // ParseComplete
        return this.#simpleReply(head, 'parse', messageName);
      case 0x32: // BindComplete
        return this.#simpleReply(head, 'bind', messageName);
      case 0x33: // CloseComplete
        return this.#simpleReply(head, 'close', messageName);
      case 0x43: // CommandComplete
        return this.#complete(head, 'complete', messageName);
      case 0x49: // EmptyQueryResponse
        return this.#complete(head, 'empty', messageName);
      case 0x73: // PortalSuspended
        if (head.request !== 'execute') break;
        return this.#complete(head, 'suspended', messageName);
      case 0x56: // FunctionCallResponse
        if (head.request !== 'function-call' || head.statementIndex > 0) break;
        head.statementIndex++;
        return { kind: 'complete', reply: head, statementIndex: 0, how: 'complete' };
      case 0x47: // CopyInResponse
        return this.#copyInResponse(head, messageName);
    }
    throw outOfOrder(messageName);
  }

  #simpleReply(head: ExpectedReply<P, N>, request: string, messageName: string): ReplyOutcome<P, N> {
    if (head.request !== request) throw outOfOrder(messageName);
    this.#finish(head);
    return head.withheld ? WITHHOLD : RELAY;
  }

  #meanings(what: 'statement' | 'portal', name: string): ReadonlySet<N | null> {
    return this.#queue.meanings(what, name, this.names.get(what, name) ?? null, this.#survives);
  }

  #complete(
    head: ExpectedReply<P, N>,
    how: 'complete' | 'empty' | 'suspended',
    messageName: string,
  ): ReplyOutcome<P, N> {
    if (!isRunning(head) || head.phase === 'copy-out') throw outOfOrder(messageName);
    const statementIndex = head.statementIndex;
    if (head.request === 'query') {
      this.#apply(head.changes[statementIndex] ?? []);
      head.statementIndex++;
      head.phase = 'waiting';
    } else this.#finish(head, how === 'suspended');
    this.#copyIn = false;
    return { kind: 'complete', reply: head, statementIndex, how };
  }

  #copyInResponse(head: ExpectedReply<P, N>, messageName: string): ReplyOutcome<P, N> {
    if (!isRunning(head) || head.phase !== 'waiting' || !head.mayCopyIn) throw outOfOrder(messageName);
    head.phase = 'copy-in';
    this.#copyIn = true;
    // The server swallows Sync and Flush while it reads copy data (CopyGetData in copyfromparse.c), also those that
    // were sent before anyone knew. Copy frames are not sent before it is known, so these all come ahead of them.
    this.#queue.dropSyncsBehindHead();
    return { kind: 'copy-in', reply: head };
  }

  #error(): ReplyOutcome<P, N> {
    const head = this.head;
    this.#failed = true;
    this.#copyIn = false;
    if (head === undefined) return { kind: 'error', reply: null, discarded: [] };
    if (endsWithReady(head)) {
      head.phase = 'failed';
      return { kind: 'error', reply: head, discarded: [] };
    }
    const discarded = this.#queue.popToSync();
    if (this.head === undefined) this.#skipping = true;
    return { kind: 'error', reply: head, discarded };
  }

  #ready(status: number, messageName: string): ReplyOutcome<P, N> {
    const head = this.head;
    if (head === undefined || !endsWithReady(head)) throw outOfOrder(messageName);
    const mustFail = head.refusal !== null || (head.request === 'function-call' && head.statementIndex === 0);
    if (mustFail && head.phase !== 'failed') throw outOfOrder(messageName);
    this.#queue.pop();
    this.#status = status;
    const failed = this.#failed;
    if (status === IDLE) {
      this.names.endTransaction();
      this.#failed = false;
    }
    return { kind: 'ready', reply: head, status, failed };
  }

  #finish(head: ExpectedReply<P, N>, keepChanges = false): void {
    if (!keepChanges) for (const changes of head.changes) this.#apply(changes);
    this.#queue.pop();
  }

  #apply(changes: readonly NameChange<N>[]): void {
    for (const change of changes) this.names.apply(change);
  }
}

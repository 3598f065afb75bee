import { GatewayError } from '@bailiwick/domain';
import {
  decodeNoticeResponse,
  decodeNotificationResponse,
  decodeParameterStatus,
  encodeNotificationResponse,
} from '@bailiwick/postgres';
import type { Delivery } from './delivery.ts';
import { sanitiseMessage } from './message-guard.ts';
import type { NoticeCap } from './notice-cap.ts';
import { encodeGatewayError } from './refusal-frames.ts';
import { checkReportedSetting } from './reported-settings.ts';
import type { SessionCore } from './session-core.ts';

const PARAMETER_STATUS = 0x53;
const NOTIFICATION_RESPONSE = 0x41;

/** A frame of the database within the buffer it came in. */
export interface UpstreamFrame {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

/** What the database says at any time: ParameterStatus, NotificationResponse and NoticeResponse. All are outputs. */
export class UnaskedMessages {
  readonly #core: SessionCore;
  readonly #delivery: Delivery;
  readonly #notices: NoticeCap;
  readonly #cancelStatement: () => void;

  /** @param cancelStatement asks the database to end what is under way. */
  constructor(core: SessionCore, delivery: Delivery, notices: NoticeCap, cancelStatement: () => void) {
    this.#core = core;
    this.#delivery = delivery;
    this.#notices = notices;
    this.#cancelStatement = cancelStatement;
  }

  receive(type: number, frame: UpstreamFrame): void {
    const body = frame.buffer.subarray(frame.start + 5, frame.end);
    if (type === PARAMETER_STATUS) this.#parameter(body, frame);
    else if (type === NOTIFICATION_RESPONSE) this.#notification(body, frame);
    else this.#notice(body, frame);
  }

  /** The error of a statement that was cancelled because it spoke too much. */
  flooded(): Buffer {
    const max = this.#core.options.limits.noticesPerStatementMax;
    return encodeGatewayError(
      new GatewayError('notice-flood', `the statement sent more than ${max} notices and was cancelled`, 'raise fewer'),
    );
  }

  #parameter(body: Buffer, frame: UpstreamFrame): void {
    const { name, value } = decodeParameterStatus(body);
    checkReportedSetting(name, value);
    if (name === 'search_path') this.#core.searchPath.report(value);
    // A value that code chose could be anything, and no driver needs these two.
    if ((name === 'search_path' || name === 'application_name') && this.#mustSanitise()) this.#delivery.withhold();
    else this.#relay(frame);
  }

  #notification(body: Buffer, frame: UpstreamFrame): void {
    const notification = decodeNotificationResponse(body);
    if (!this.#core.datasource.policy.hasDataMap) this.#relay(frame);
    // A payload is an output whose origin nobody can prove.
    else this.#delivery.inject(encodeNotificationResponse({ ...notification, payload: '' }));
  }

  #notice(body: Buffer, frame: UpstreamFrame): void {
    decodeNoticeResponse(body);
    const verdict = this.#core.flow.underWay > 0 ? this.#notices.next() : 'within';
    if (verdict === 'over') this.#cancelStatement();
    if (verdict !== 'within') this.#delivery.withhold();
    else if (this.#mustSanitise()) this.#delivery.inject(sanitiseMessage('notice', body));
    else this.#relay(frame);
  }

  #relay({ buffer, start, end }: UpstreamFrame): void {
    this.#delivery.relay(buffer, start, end);
  }

  #mustSanitise(): boolean {
    return this.#core.mustSanitise(this.#core.flow.head?.plan?.plan ?? null);
  }
}

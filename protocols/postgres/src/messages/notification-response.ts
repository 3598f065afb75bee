import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';

/** NotificationResponse (B): another session's NOTIFY on a channel that this one listens to. May come at any time. */
export interface NotificationResponse {
  /** Of the backend that notified. */
  readonly processId: number;
  readonly channel: string;
  readonly payload: string;
}

/** @throws ProtocolError */
export function decodeNotificationResponse(body: Buffer): NotificationResponse {
  const reader = new ByteReader(body, 0, body.length, 'NotificationResponse');
  const processId = reader.int32();
  const channel = reader.cstring();
  const payload = reader.cstring();
  reader.expectEnd();
  return { processId, channel, payload };
}

/** The whole frame. */
export function encodeNotificationResponse(message: NotificationResponse): Buffer {
  const writer = new ByteWriter('NotificationResponse', BACKEND.NotificationResponse).int32(message.processId);
  return writer.cstring(message.channel).cstring(message.payload).finish();
}

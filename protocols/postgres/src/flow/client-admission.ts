import { ProtocolError } from '@bailiwick/wire';

const SYNC = 0x53;
const TERMINATE = 0x58;
const FLUSH = 0x48;
const COPY_FRAMES: ReadonlySet<number> = new Set([0x64, 0x63, 0x66]);

/** What decides whether a client's frame counts now. */
export interface AdmissionState {
  readonly copyIn: boolean;
  readonly copyPossible: boolean;
  readonly skipping: boolean;
}

/**
 * Whether a client frame counts now. `drop`: the server would ignore it. Throws `ProtocolError` where the frame is not
 * legal in the present state.
 */
export function admitFrame(
  type: number,
  messageName: string,
  { copyIn, copyPossible, skipping }: AdmissionState,
): 'process' | 'drop' {
  if (type === TERMINATE) return 'process';
  if (copyIn) {
    if (COPY_FRAMES.has(type)) return 'process';
    if (type === FLUSH || type === SYNC) return 'drop';
    throw outOfOrder(messageName);
  }
  if (COPY_FRAMES.has(type)) return copyPossible && !skipping ? 'process' : 'drop';
  return skipping && type !== SYNC ? 'drop' : 'process';
}

/** The message may not come now. */
export const outOfOrder = (messageName: string): ProtocolError =>
  new ProtocolError('out-of-order', messageName, 0, 'it is not expected in this state');

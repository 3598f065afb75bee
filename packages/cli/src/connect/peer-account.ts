// Uses node:net: tells which account of this machine a connection of the forwarder comes from.
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';

/** Tables of the connections of this machine, with the account of each end (proc(5)). */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** States of an end that is still held by its process: ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT. */
const HELD_STATES = new Set(['01', '04', '05', '08']);
const ROOT = 0;

/** Whether this machine says which account holds the other end of a loopback connection. */
export async function accountsCanBeTold(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid === undefined) return false;
  return readFile('/proc/net/tcp').then(
    () => true,
    () => false,
  );
}

/**
 * Whether the other end of a loopback connection belongs to this account, or to root, who could take its tokens anyway.
 * Only where `accountsCanBeTold`. What is not found is nobody's: false.
 */
export async function isOwnPeer(socket: Socket): Promise<boolean> {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (remoteAddress === undefined || localAddress === undefined) return false;
  const own = process.getuid?.();
  for (const table of TABLES) {
    const rows = await readFile(table, 'latin1').catch(() => '');
    const uid = accountOf(rows, [remoteAddress, remotePort ?? 0], [localAddress, localPort ?? 0]);
    if (uid !== null) return uid === own || uid === ROOT;
  }
  return false;
}

type End = readonly [address: string, port: number];

/** The account that holds the connection's end `local`, as the table's `rows` say. Null: they do not have it. */
export function accountOf(rows: string, local: End, remote: End): number | null {
  const [here, there] = [written(local), written(remote)];
  for (const row of rows.split('\n').slice(1)) {
    const [, rowLocal, rowRemote, state, , , , uid] = row.trim().split(/\s+/);
    const matches = here.includes(rowLocal ?? '') && there.includes(rowRemote ?? '');
    if (matches && HELD_STATES.has(state ?? '') && /^\d+$/.test(uid ?? '')) return Number(uid);
  }
  return null;
}

/** An IPv4 end as the tables write it: words in the machine's byte order; in the second one as a mapped address. */
function written([address, port]: End): readonly string[] {
  const bytes = address
    .replace(/^::ffff:/i, '')
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'));
  const little = endianness() === 'LE';
  const word = (little ? [...bytes].reverse() : bytes).join('');
  const mapped = `0000000000000000${little ? 'ffff0000' : '0000ffff'}${word}`;
  const suffix = `:${port.toString(16).padStart(4, '0')}`;
  return [`${word}${suffix}`.toUpperCase(), `${mapped}${suffix}`.toUpperCase()];
}

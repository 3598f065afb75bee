import { networkInterfaces } from 'node:os';

/** Addresses that a listener binds to mean "all of this machine". */
const WILDCARDS = new Set(['0.0.0.0', '::']);

/**
 * Where this machine reaches a listener of its own configuration. Null: the address is not this machine's, and then a
 * token must not go there on the word of whatever `bailiwick.yaml` lies in the current directory.
 */
export function ownHost(host: string): string | null {
  if (WILDCARDS.has(host)) return host === '::' ? '::1' : '127.0.0.1';
  if (/^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/.test(host)) return host;
  const own = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return own.some(({ address }) => address === host.toLowerCase()) ? host : null;
}

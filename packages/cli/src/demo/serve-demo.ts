import pino from 'pino';
import { runBailiwick } from '../run/run-bailiwick.ts';
import { loadSite } from '../site/load-site.ts';
import type { ServedConfiguration } from './demo.ts';

/** Clients that are in the middle of something when the demo ends get this long. */
const DRAIN_MS = 1_000;

/**
 * Starts in this process what `bailiwick serve --config FILE` starts, with its log in a file (0600). Rejects with every
 * fault of the configuration or the policy.
 */
export async function serveDemo(configurationFile: string, logFile: string): Promise<ServedConfiguration> {
  const loaded = loadSite(configurationFile, process.env);
  if ('faults' in loaded) throw new Error(loaded.faults.join('\n'));
  const log = pino({ level: 'info' }, pino.destination({ dest: logFile, mode: 0o600, sync: true }));
  const running = await runBailiwick(loaded.site, { log, environment: process.env });
  return { stop: () => running.stop(DRAIN_MS) };
}

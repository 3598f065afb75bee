import pino from 'pino';
import { type RunningBailiwick, runBailiwick } from '../run/run-bailiwick.ts';
import { loadSite } from '../site/load-site.ts';
import { waitFor } from './wait-for.ts';

const READY_MS = 20_000;

/**
 * Starts in this process what `bailiwick serve --config FILE` starts, with its log in a file (0600), and waits until it
 * takes traffic. Rejects with every fault of the configuration or the policy.
 */
export async function serveDemo(configurationFile: string, logFile: string): Promise<RunningBailiwick> {
  const loaded = loadSite(configurationFile, process.env);
  if ('faults' in loaded) throw new Error(loaded.faults.join('\n'));
  const log = pino({ level: 'info' }, pino.destination({ dest: logFile, mode: 0o600, sync: true }));
  const running = await runBailiwick(loaded.site, { log, environment: process.env });
  try {
    await waitFor('a gateway that is ready', READY_MS, async () =>
      running.gateway.notReady().length === 0 ? true : null,
    );
    return running;
  } catch {
    const reasons = running.gateway.notReady().join('; ');
    await running.stop(0);
    throw new Error(`the gateway did not become ready: ${reasons}; its log is in ${logFile}`);
  }
}

// SIGKILL in the middle of traffic: the record verifies after the restart, and holds every statement that ran.
import { join } from 'node:path';
import { openAuditLog, verifyAudit } from '@bailiwick/audit';
import { silentLog, silentTelemetry, systemClock } from '@bailiwick/domain';
import { describeFrames, encodeQuery, encodeSync } from '@bailiwick/postgres';
import { expect, test } from 'vitest';
import { ALLOW_ALL_POLICY } from '../integration/fixtures/crm.ts';
import {
  EU_AGENT,
  endProcess,
  extendedStatement,
  freshDatabase,
  openWire,
  prepareServedGateway,
  type ServedGateway,
  sharedPostgres,
  type WireClient,
} from '../servers/index.ts';

const ROUNDS = 4;
const CLIENTS = 6;
/** How many statements a client sends ahead at most. */
const AHEAD_MAX = 5;
const KILL_AFTER_MS_MAX = 900;

/** xorshift32: the same seed gives the same traffic and the same moment. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Sends statements that each write an id of their own, in every mode, until the connection breaks. */
async function write(wire: WireClient, prefix: string, random: (below: number) => number): Promise<void> {
  for (let count = 0; !wire.ended; ) {
    const ahead = 1 + random(AHEAD_MAX);
    const mode = random(3);
    const ids = Array.from({ length: ahead }, () => `${prefix}-${count++}`);
    if (mode === 0) for (const id of ids) wire.send(encodeQuery({ sql: `INSERT INTO ran VALUES ('${id}')` }));
    else if (mode === 1)
      for (const id of ids) wire.send(extendedStatement('INSERT INTO ran VALUES ($1)', [id]), encodeSync());
    else wire.send(...ids.map((id) => extendedStatement('INSERT INTO ran VALUES ($1)', [id])), encodeSync());
    for (let answers = mode === 2 ? 1 : ahead; answers > 0 && !wire.ended; answers--) await wire.replies();
  }
}

/** Everything that clients sent, according to the transcripts of all sessions. */
async function recordedText(directory: string): Promise<string> {
  const path = (name: string): string => join(directory, 'var', name);
  const log = openAuditLog({
    spoolDirectory: path('spool'),
    segmentsDirectory: path('segments'),
    indexPath: path('bailiwick.db'),
    signingKeyFile: path('audit.key'),
    bodyKeyFile: path('audit-body.key'),
    bodies: 'keep',
    clock: systemClock,
    telemetry: silentTelemetry,
    log: silentLog,
    describeFrames: (_protocol, from, bytes) => describeFrames(from, bytes),
  });
  const texts: string[] = [];
  try {
    for (const { id } of await log.sessions({ limit: 1000 }))
      for await (const entry of log.transcript(id))
        if (entry.kind === 'client') texts.push(...entry.messages.map(({ text }) => text ?? ''));
  } finally {
    await log.close();
  }
  return texts.join('\n');
}

async function playRound(gateway: ServedGateway, round: number, random: (below: number) => number): Promise<void> {
  const { process: child, port } = await gateway.start();
  const clients: Promise<unknown>[] = [];
  try {
    for (let client = 0; client < CLIENTS; client++) {
      const wire = await openWire({ host: '127.0.0.1', port });
      await wire.logIn({ user: 'x', database: 'crm' }, await gateway.issuer.issueToken(EU_AGENT));
      clients.push(write(wire, `r${round}-c${client}`, random).catch(() => {}));
    }
    // A moment that no test can foresee is the point here: this waits, it does not synchronise.
    await new Promise((wake) => setTimeout(wake, 20 + random(KILL_AFTER_MS_MAX)));
  } finally {
    await endProcess(child, 'SIGKILL');
  }
  await Promise.all(clients);
}

test('what ran is in the record, and the record verifies', async () => {
  const seed = Number(process.env.BAILIWICK_TEST_SEED ?? Date.now() % 1_000_000);
  console.log(`seed ${seed} (BAILIWICK_TEST_SEED)`);
  const random = randomFrom(seed);
  const server = await sharedPostgres();
  const database = await freshDatabase(server);
  await database.query('CREATE TABLE ran (id text PRIMARY KEY)');
  const gateway = await prepareServedGateway({ server, database: database.name, policy: ALLOW_ALL_POLICY });
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await playRound(gateway, round, random);
      const restarted = await gateway.start();
      const verified = await gateway.run('audit', 'verify');
      await endProcess(restarted.process, 'SIGTERM');
      expect(verified.output).toMatch(/^clean$/m);
      expect(verified.code).toBe(0);
    }
    const ran = (await database.query('SELECT id FROM ran')).map(({ id }) => String(id));
    expect(ran.length).toBeGreaterThan(ROUNDS * CLIENTS);
    const recorded = new Set((await recordedText(gateway.directory)).match(/r\d+-c\d+-\d+/g));
    expect(ran.filter((id) => !recorded.has(id))).toEqual([]);
    const report = verifyAudit(join(gateway.directory, 'var/segments'));
    expect(report.faults).toEqual([]);
  } finally {
    await gateway.remove();
    await database.drop();
  }
}, 180_000);

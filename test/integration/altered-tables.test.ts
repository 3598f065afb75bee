// Regulated data that is renamed, moved, copied or wrapped by the reader stays regulated, or the change is refused.
import { expect, test } from 'vitest';
import { EU_AGENT, extendedQuery, startTap, startTestGateway } from '../servers/index.ts';
import { ALTERING_ATTACKS } from './fixtures/attacks.ts';
import { CRM_DATA, CRM_SECRETS, MASKING_POLICY } from './fixtures/crm.ts';
import { findValues } from './fixtures/find-values.ts';

const READERS = ['customers', 'clients', 'contacts', 'deep_contacts', 'runs', 'stolen', 'leak', 'orders'];

test.each(ALTERING_ATTACKS.map((attack) => [attack.join('; '), attack] as const))('%s', async (_name, attack) => {
  for (const mode of ['simple', 'extended'] as const) {
    const gateway = await startTestGateway({
      policy: MASKING_POLICY,
      data: CRM_DATA,
      tls: false,
      account: 'superuser',
      holdMs: 50,
    });
    const tap = await startTap(gateway.port);
    try {
      const reads = [
        ...READERS.map((name) => `SELECT * FROM ${name}`),
        'SELECT plain FROM customers',
        'SELECT ssn, city FROM customers',
      ];
      const attacker = await gateway.wire(EU_AGENT, { port: tap.port });
      const other = await gateway.wire(EU_AGENT, { port: tap.port });
      for (const sql of attack) {
        if (mode === 'extended') attacker.send(extendedQuery(sql));
        if (mode === 'simple') await attacker.query(sql);
        else await attacker.replies();
      }
      for (const wire of [attacker, other]) for (const sql of reads) await wire.query(sql);
      const secrets = CRM_SECRETS.filter((secret) => secret !== '1980-05');
      expect(findValues(tap.received(), secrets), `${mode}: on the wire`).toEqual([]);
      expect(findValues(Buffer.from(gateway.logText()), secrets), `${mode}: in the log`).toEqual([]);
    } finally {
      await tap.close();
      await gateway.close();
    }
  }
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startEmbeddedPostgres } from '../embedded-postgres.ts';
import { DEMO_SIZE } from './crm.ts';
import { loadCrm } from './load-crm.ts';

let server: PostgresServer;
const progress: string[] = [];
beforeAll(async () => {
  server = await startEmbeddedPostgres();
  await loadCrm(server, "pass'word", (table, loaded, total) => progress.push(`${table} ${loaded}/${total}`));
});
afterAll(() => server?.stop());

const rows = (sql: string): Promise<Record<string, unknown>[]> => server.query(sql, [], 'crm');

describe('the loaded database', () => {
  test('has every row, and says so on the way', async () => {
    const [counts] = await rows(`select (select count(*)::int from customers) as customers,
      (select count(*)::int from orders) as orders, (select count(*)::int from support_tickets) as tickets`);
    expect(counts).toEqual({
      customers: DEMO_SIZE.customers,
      orders: DEMO_SIZE.orders,
      tickets: DEMO_SIZE.supportTickets,
    });
    expect(progress).toContain('orders 20000/20000');
  });

  test('belongs to a role that may do nothing beyond it', async () => {
    const [role] = await rows(`select rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication
      from pg_roles where rolname = 'crm_app'`);
    expect(role).toEqual({
      rolcanlogin: true,
      rolsuper: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolbypassrls: false,
      rolreplication: false,
    });
    const owners = await rows(`select distinct tableowner from pg_tables where schemaname = 'public'`);
    expect(owners).toEqual([{ tableowner: 'crm_app' }]);
    const [secret] = await rows(`select rolpassword like 'SCRAM-SHA-256$%' as scram from pg_authid
      where rolname = 'crm_app'`);
    expect(secret).toEqual({ scram: true });
  });

  test('gives out free ids', async () => {
    const [made] = await rows(`insert into orders (customer_id, product_id, quantity, total)
      values (1, 1, 1, 3.90) returning id`);
    expect(made).toEqual({ id: DEMO_SIZE.orders + 1 });
  });

  test('answers through its views', async () => {
    const [counts] = await rows(`select (select count(*) from customer_contacts) > 5000 as contacts,
      (select count(*) from open_tickets) > 100 as tickets, (select count(*) from sales_by_month) > 100 as sales`);
    expect(counts).toEqual({ contacts: true, tickets: true, sales: true });
  });
});

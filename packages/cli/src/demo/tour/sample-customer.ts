import type { Row } from './outcome.ts';
import type { TourStage } from './stage.ts';

/**
 * A customer whose note quotes their address, and whose cells have no byte above 0x7f in binary once they are masked:
 * node-postgres reads every cell as UTF-8, and would lose one. So id, the days since 2000 of the year of birth, and
 * the balance in thousands are chosen.
 */
const SAMPLE = `select id, name, email, national_id, birth_date::text, balance::text, notes from customers
  where notes like '%' || email || '%' and id % 256 < 128
    and extract(year from birth_date) in (2000, 2001, 2003, 2005) and to_char(birth_date, 'MMDD') <> '0101'
    and balance > 6000 and balance < 10000
  order by id limit 1`;

/** The customer that the tour looks at, as the database has it. */
export async function sampleCustomer(stage: TourStage): Promise<Row> {
  const [row] = await stage.database(SAMPLE);
  if (row === undefined) throw new Error('the sample data has no customer to show');
  return row;
}

/** What the demo's policy promises of such a row, cell by cell, as text: worked out here, not by the gateway's masks. */
export function maskedCells(truth: Row): Readonly<Record<string, string>> {
  const email = String(truth.email);
  return {
    id: String(truth.id),
    name: `${[...String(truth.name)][0]}****`,
    email: `${email[0]}***${email.slice(email.indexOf('@'))}`,
    national_id: `****${String(truth.national_id).slice(-4)}`,
    birth_date: `${String(truth.birth_date).slice(0, 4)}-01-01`,
    balance: String(Math.floor(Number(truth.balance) / 1000) * 1000),
    notes: '[redacted]',
  };
}

import { valueFormat } from '@bailiwick/postgres';
import type { Client, Result } from 'pg';
import { oneResult, type Row } from './outcome.ts';
import { maskedCells, sampleCustomer } from './sample-customer.ts';
import type { TourStage } from './stage.ts';
import type { TourStep } from './step.ts';
import type { StepReport } from './step-report.ts';

const COLUMNS = 'id, name, email, national_id, birth_date, balance, notes';
const TEXT = `SELECT ${COLUMNS} FROM customers WHERE id = $1`;

/** The same row by every road that a driver has. */
export const maskedRows: TourStep = {
  title: 'Personal data is masked, in every form a driver can ask for',
  async run(stage, report) {
    const agent = await stage.agent();
    const truth = await sampleCustomer(stage);
    const id = Number(truth.id);
    report.act('support-agent', `SELECT ${COLUMNS} FROM customers WHERE id = ${id}`);
    const simple = oneResult(await agent.query(textCells(`SELECT ${COLUMNS} FROM customers WHERE id = ${id}`)));
    report.table(simple.rows);
    report.check('simple query: every regulated cell is masked', isMasked(simple, truth), `customer ${id}`);

    await agent.query({ name: 'customer', ...textCells(TEXT), values: [id] });
    const again = await agent.query({ name: 'customer', ...textCells(TEXT), values: [id] });
    report.check('prepared statement, run twice: the same', isMasked(again, truth), 'parsed once, bound twice');

    const binary = await binaryRow(agent, id);
    const inBinary = binary.fields.every(({ format }) => format === 'binary');
    report.check('binary results: the same', inBinary && isMasked(binary, truth), `${binary.fields.length} columns`);

    const derived = oneResult(await agent.query(`SELECT upper(email) AS derived FROM customers WHERE id = ${id}`));
    const shout = String(derived.rows[0]?.derived);
    const real = String(truth.email).toUpperCase();
    report.check('an expression over a masked column shows nothing of it', shout !== real, `upper(email): ${shout}`);
    await showExemption(stage, report, truth);
  },
};

/** The person is exempt from the mask of addresses; the agent that acts for the same person is not. */
async function showExemption(stage: TourStage, report: StepReport, truth: Row): Promise<void> {
  const sql = `SELECT email, national_id FROM customers WHERE id = ${truth.id}`;
  report.act('support-person', sql);
  const person = await stage.connect('support-person');
  const { rows } = oneResult(await person.query(sql));
  const [seen] = rows;
  report.check(
    'the same Maria without her agent sees the address (the rule’s own `except`), not the national id',
    seen?.email === truth.email && seen?.national_id === maskedCells(truth).national_id,
    `${String(truth.email).length} characters of address as stored`,
  );
}

/** Whether what came is one row, masked cell by cell as the policy promises. */
function isMasked({ rows }: Result, truth: Row): boolean {
  const [row] = rows;
  if (row === undefined || rows.length !== 1) return false;
  return Object.entries(maskedCells(truth)).every(([name, cell]) =>
    name === 'balance' ? Number(row[name]) === Number(cell) : row[name] === cell,
  );
}

/** Cells as they came, without the driver's own reading of dates and numbers. */
const textCells = (text: string): { text: string; types: { getTypeParser(): (cell: string | Buffer) => unknown } } => ({
  text,
  types: { getTypeParser: () => String },
});

/** The row in binary, its cells read as the gateway's own formats read them. */
async function binaryRow(agent: Client, id: number): Promise<Result> {
  return agent.query({
    text: TEXT,
    values: [id],
    binary: true,
    types: { getTypeParser: (oid) => (cell) => readBinary(oid, Buffer.from(cell)) },
  });
}

function readBinary(oid: number, cell: Buffer): string {
  const value = valueFormat(oid, 1)?.decode(cell);
  switch (value?.kind) {
    case 'text':
      return value.text;
    case 'integer':
      return String(value.integer);
    case 'decimal':
      return value.decimal;
    case 'date':
      return new Date(value.days * 86_400_000).toISOString().slice(0, 10);
    default:
      throw new Error(`a cell of type ${oid} was not expected`);
  }
}

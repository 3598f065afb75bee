import { errorOf, oneResult } from './outcome.ts';
import type { TourStep } from './step.ts';

/** Data of the EEA, a reader and a model in the United States. */
export const residencyBlock: TourStep = {
  title: 'Data stays where it has to: an agent in the United States is refused, and told why',
  async run(stage, report) {
    const agent = await stage.connect('analytics-agent');
    const sql = 'SELECT name, email FROM customers LIMIT 5';
    report.act('analytics-agent', sql);
    const refused = await errorOf(agent.query(sql));
    report.show(`${refused.severity} ${refused.code}: ${refused.message}`);
    report.check('refused with SQLSTATE 42501', refused.code === '42501', refused.detail);
    report.check(
      'the message names the columns and the reason',
      /customers\.name/.test(refused.message) &&
        /customers\.email/.test(refused.message) &&
        /\bUS\b/.test(refused.message),
      '[residency-blocked]',
    );

    const without = 'SELECT home_country, count(*)::int AS customers FROM customers GROUP BY 1 ORDER BY 1';
    report.act('analytics-agent', without);
    const { rows } = oneResult(await agent.query(without));
    report.table(rows);
    const direct = await stage.database(without);
    report.check(
      'the session goes on: without those columns it gets what the database says',
      JSON.stringify(rows) === JSON.stringify(direct),
      `${rows.length} rows, equal to the database’s own`,
    );
  },
};

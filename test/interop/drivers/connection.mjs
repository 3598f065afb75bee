import { readFileSync } from 'node:fs';

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLROOTCERT } = process.env;

/** Where the environment says, as libpq names it. */
export const connection = {
  host: PGHOST,
  port: Number(PGPORT),
  user: PGUSER,
  password: PGPASSWORD,
  database: PGDATABASE,
};

/** Verified TLS where there is an authority to verify by; none otherwise. */
export const tls = PGSSLROOTCERT ? { ca: readFileSync(PGSSLROOTCERT, 'utf8') } : false;

/** One line of the output that is compared. */
export const show = (name, value) =>
  console.log(`${name}: ${JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? String(item) : item))}`);

/** What an application can see of a server's error. */
export const describeError = (error) => {
  const { severity, code, message, detail, hint, position, schema, table, column, constraint, routine } = error;
  const names = {
    schema: error.schema_name ?? schema,
    table: error.table_name ?? table,
    column: error.column_name ?? column,
  };
  return {
    error: {
      severity,
      code,
      message,
      detail,
      hint,
      position,
      ...names,
      constraint: error.constraint_name ?? constraint,
      routine,
    },
  };
};

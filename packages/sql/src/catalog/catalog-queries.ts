/**
 * One query a catalog table, each in a fixed order so that equal catalogs give equal rows. They run with an empty
 * search_path: only then is every name that they print qualified, and every operator pg_catalog's own. Temporary
 * objects are left out: they belong to other sessions, and the overlay of a session knows its own.
 */

/** Objects that initdb made have smaller oids (FirstNormalObjectId, access/transam.h). */
const FIRST_NORMAL_OID = 16384;

const PERMANENT_SCHEMA = `n.nspname !~ '^pg_(toast_)?temp_'`;
const SYSTEM_SCHEMA = `n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast')`;

/** version, database, user, search_path as it was before it was emptied. */
export const SERVER: string = `SELECT pg_catalog.current_setting('server_version_num'), pg_catalog.current_database(),
  current_user, pg_catalog.current_setting('search_path')`;

/** Lasts until the end of the transaction. */
export const EMPTY_SEARCH_PATH: string = `SELECT pg_catalog.set_config('search_path', '', true)`;

/** The path that is stored for the user and database, most specific first; for sources whose own path is empty. */
export const STORED_SEARCH_PATH: string = `SELECT c FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c
  WHERE c LIKE 'search_path=%'
    AND s.setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user))
    AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
  ORDER BY s.setrole = 0, s.setdatabase = 0 LIMIT 1`;

export const SCHEMAS: string = `SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE ${PERMANENT_SCHEMA} ORDER BY n.nspname`;

/**
 * oid, schema, name, kind, definition, has triggers or rules, system. Cascading foreign keys count as triggers, which
 * they are: a DELETE here then writes elsewhere.
 */
export const RELATIONS: string = `SELECT c.oid, n.nspname, c.relname, c.relkind,
  CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END,
  EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
  OR EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN')
  OR EXISTS (SELECT FROM pg_catalog.pg_constraint f WHERE f.confrelid = c.oid AND f.contype = 'f'
    AND (f.confdeltype IN ('c', 'n', 'd') OR f.confupdtype IN ('c', 'n', 'd'))),
  c.oid < ${FIRST_NORMAL_OID} OR ${SYSTEM_SCHEMA}
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE ${PERMANENT_SCHEMA} ORDER BY c.oid`;

/** relation, name, attnum, type, not null, generated from, type modifier. Columns of indexes cannot be named in a statement. */
export const COLUMNS: string = `SELECT a.attrelid, a.attname, a.attnum, a.atttypid, a.attnotnull,
  CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END, a.atttypmod
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated <> ''
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind NOT IN ('i', 'I') AND ${PERMANENT_SCHEMA}
  ORDER BY a.attrelid, a.attnum`;

/** relation and attnum, or domain (0 otherwise), expression: of CHECK constraints, once for each column that they look at. */
export const CHECKS: string = `SELECT k.conrelid, u.attnum, k.contypid, pg_catalog.pg_get_expr(k.conbin, k.conrelid)
  FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
  LEFT JOIN LATERAL pg_catalog.unnest(k.conkey) AS u (attnum) ON true
  WHERE k.contype = 'c' AND ${PERMANENT_SCHEMA} ORDER BY k.oid, u.attnum`;

/** child, parent. A partition that is being detached still counts. */
export const PARENTS: string = `SELECT i.inhrelid, i.inhparent FROM pg_catalog.pg_inherits i
  JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE ${PERMANENT_SCHEMA} ORDER BY i.inhrelid, i.inhseqno`;

/**
 * oid, schema, name, kind, argument types, variadic, defaults, return type, returns set, argument modes, argument
 * names, volatility, language, security definer, builtin, extension.
 */
export const FUNCTIONS: string = `SELECT p.oid, n.nspname, p.proname, p.prokind, p.proargtypes, p.provariadic <> 0,
  p.pronargdefaults, p.prorettype, p.proretset, pg_catalog.array_to_json(p.proargmodes),
  pg_catalog.array_to_json(p.proargnames), p.provolatile, l.lanname, p.prosecdef,
  p.oid < ${FIRST_NORMAL_OID} AND n.nspname IN ('pg_catalog', 'information_schema'),
  (SELECT e.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'
    AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass)
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE ${PERMANENT_SCHEMA} ORDER BY p.oid`;

/** schema, name, left, right, function, builtin. */
export const OPERATORS: string = `SELECT n.nspname, o.oprname, o.oprleft, o.oprright, o.oprcode::pg_catalog.oid,
  o.oid < ${FIRST_NORMAL_OID} AND n.nspname = 'pg_catalog'
  FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
  WHERE ${PERMANENT_SCHEMA} ORDER BY o.oid`;

/** source, target, function. */
export const CASTS: string = `SELECT c.castsource, c.casttarget, c.castfunc FROM pg_catalog.pg_cast c ORDER BY c.oid`;

/** oid, schema, name, kind, relation, element of a true array, base of a domain, not null, a domain's type modifier. */
export const TYPES: string = `SELECT t.oid, n.nspname, t.typname, t.typtype, t.typrelid,
  CASE WHEN t.typsubscript = 'pg_catalog.array_subscript_handler'::pg_catalog.regproc THEN t.typelem ELSE 0 END,
  t.typbasetype, t.typnotnull, t.typtypmod
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE ${PERMANENT_SCHEMA} ORDER BY t.oid`;

/** type, label. */
export const ENUM_LABELS: string = `SELECT e.enumtypid, e.enumlabel FROM pg_catalog.pg_enum e
  JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE ${PERMANENT_SCHEMA} ORDER BY e.enumtypid, e.enumsortorder`;

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CRM_DATABASE } from './data/schema.ts';
import type { Demo } from './demo.ts';
import { DEMO_IDENTITIES } from './demo-identities.ts';

/** What the demo prints once it runs: where everything is, and commands to paste. */
export function demoScreen(demo: Demo, kept: boolean, hasPsql: boolean = isOnPath('psql')): string {
  const { server, directory } = demo;
  const asReviewer = `--server ${server} --token "$(npx bailiwick token --as reviewer)"`;
  const configuration = shellWord(join(directory.path, 'bailiwick.yaml'));
  return [
    '',
    'The demo is running.',
    '',
    `  gateway   ${demo.gateway.host}:${demo.gateway.port}   database ${CRM_DATABASE}, TLS signed by ${directory.authorityFile}`,
    `  HTTP API  ${server}   /metrics /healthz /readyz /api/v1`,
    `  issuer    ${demo.issuer}`,
    `  files     ${directory.path}   policies/demo.yaml is what decides`,
    '',
    'Connect as',
    ...DEMO_IDENTITIES.flatMap(({ name, description, tryThis }) => [
      '',
      `  ${name}: ${description}`,
      ...(hasPsql ? [`    ${psqlCommand(demo, name)}`] : []),
      `    ${sqlCommand(demo, name)}`,
      ...tryThis.map((sql) => `    try: ${sql};`),
    ]),
    '',
    `Or log in as any of them (password ${demo.signInPassword}), and connect without a secret:`,
    `    npx bailiwick login --config ${configuration}`,
    `    npx bailiwick connect ${CRM_DATABASE} --config ${configuration}`,
    '',
    'A write waits for a reviewer. As support-agent:',
    `    INSERT INTO support_tickets (customer_id, subject, body) VALUES (7, 'Call back', 'About the card');`,
    '  and within a minute, in another terminal in this directory:',
    `    npx bailiwick approvals list ${asReviewer}`,
    `    npx bailiwick approvals approve REQUEST ${asReviewer}`,
    '  Then read what happened:',
    `    npx bailiwick sessions list ${asReviewer}`,
    `    npx bailiwick sessions replay SESSION ${asReviewer}`,
    `    npx bailiwick audit verify --config ${configuration}`,
    `    curl -s ${server}/metrics | grep bailiwick_residency_blocks_total`,
    '  Or change policies/demo.yaml, and:',
    `    npx bailiwick reload ${asReviewer}`,
    '',
    `Ctrl-C ends the demo${kept ? `; its files stay in ${directory.path}` : ' and removes its files'}.`,
    '',
  ].join('\n');
}

/** A psql command for a shell. The token is in the password file, which libpq reads. */
export function psqlCommand(demo: Demo, user: string): string {
  const { host, port } = demo.gateway;
  const settings = {
    host,
    port,
    dbname: CRM_DATABASE,
    user,
    sslmode: 'verify-full',
    sslrootcert: demo.directory.authorityFile,
    passfile: demo.passwordFile,
  };
  const words = Object.entries(settings).map(([name, value]) => `${name}=${connectionValue(String(value))}`);
  return `psql ${shellQuoted(words.join(' '))}`;
}

/** The same for the built-in client, whose connection string is a URL. */
function sqlCommand(demo: Demo, user: string): string {
  const { host, port } = demo.gateway;
  const root = encodeURIComponent(demo.directory.authorityFile).replaceAll('%2F', '/');
  const token = `$(npx bailiwick token --as ${user})`;
  return `npx bailiwick sql "postgresql://${user}:${token}@${host}:${port}/${CRM_DATABASE}?sslmode=verify-full&sslrootcert=${root}"`;
}

/** A value of a keyword/value connection string (PostgreSQL documentation, 32.1.1.1). */
const connectionValue = (value: string): string =>
  /^[\w./-]+$/.test(value) ? value : `'${value.replace(/['\\]/g, '\\$&')}'`;

const shellQuoted = (text: string): string =>
  /["$`\\!]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : `"${text}"`;

const shellWord = (text: string): string => (/^[\w./-]+$/.test(text) ? text : shellQuoted(text));

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return directory !== '';
    } catch {
      return false;
    }
  });
}

import { GatewayError, type Identity } from '@bailiwick/domain';
import { TokenRejected } from '@bailiwick/identity';
import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api-context.ts';
import { ReloadRefused, ROLE_NAMES } from '../options.ts';
import { Problem } from '../problem.ts';
import { EXPLAIN_BODY, EXPLANATION, POLICY, RELOAD } from '../schemas.ts';

/** Statements may be as long as they are on the wire. */
const EXPLAIN_BODY_BYTES_MAX = 2 * 1024 * 1024;

interface ExplainBody {
  readonly datasource: string;
  readonly sql: string;
  readonly as?: Readonly<Record<string, unknown>>;
  readonly ip?: string;
}

/** The policy in force, what it would do to a statement, and its reload. */
export function policyRoutes(app: FastifyInstance, context: ApiContext): void {
  const { options } = context;

  app.get('/policy', { schema: { summary: 'The policy in force', response: { 200: POLICY } } }, async (request) => {
    const caller = context.callerOf(request);
    const { datasources } = options.authority();
    const reads = ROLE_NAMES.some((role) => [null, ...datasources.keys()].some((name) => caller.has(role, name)));
    if (!reads) throw new Problem(403, 'no-role', 'Reading the policy needs a role.');
    return options.policy();
  });

  app.post<{ Body: ExplainBody }>(
    '/policy/explain',
    {
      bodyLimit: EXPLAIN_BODY_BYTES_MAX,
      schema: {
        summary: 'What would happen to a statement; nothing is run',
        body: EXPLAIN_BODY,
        response: { 200: EXPLANATION },
      },
    },
    async (request) => {
      const caller = context.callerOf(request);
      const { datasource, sql, as, ip = request.ip } = request.body;
      if (!ROLE_NAMES.some((role) => caller.has(role, datasource))) {
        throw new Problem(403, 'no-role', 'Explaining a statement needs a role for the datasource.');
      }
      const identity = as === undefined ? caller.identity : await claimed(context, as, ip);
      try {
        return await options.explain({ datasource, identity, ip, sql });
      } catch (error) {
        if (error instanceof GatewayError) throw new Problem(422, error.code, error.clientMessage);
        throw error;
      }
    },
  );

  app.post(
    '/reload',
    { schema: { summary: 'Reload configuration and policies', response: { 200: RELOAD } } },
    async (request) => {
      const caller = context.callerOf(request);
      if (!caller.has('operator', null)) {
        context.acted(request, 'reload', 'configuration', 'refused');
        throw new Problem(403, 'not-an-operator', 'Only a person with the operator role without limits may reload.');
      }
      try {
        const report = await options.reload(caller.identity.displayName);
        context.acted(request, 'reload', 'configuration', 'done');
        return report;
      } catch (error) {
        context.acted(request, 'reload', 'configuration', 'refused');
        if (error instanceof ReloadRefused)
          throw new Problem(422, 'not-valid', error.message, { faults: error.faults });
        throw error;
      }
    },
  );
}

async function claimed(
  { options }: ApiContext,
  claims: Readonly<Record<string, unknown>>,
  ip: string,
): Promise<Identity> {
  try {
    return await options.identityFromClaims(claims, ip);
  } catch (error) {
    if (error instanceof TokenRejected)
      throw new Problem(422, 'claims', `The claims would not be accepted: ${error.message}`);
    throw error;
  }
}

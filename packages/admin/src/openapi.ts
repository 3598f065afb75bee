import type { FastifyInstance, RouteOptions } from 'fastify';
import { type JsonSchema, PROBLEM } from './schemas.ts';

/** What a route says of itself beside Fastify's own keys. */
declare module 'fastify' {
  interface FastifySchema {
    summary?: string;
    produces?: readonly string[];
  }
}

/** Collects the routes as they are registered, so that the document cannot differ from what is served. */
export class OpenApiDocument {
  readonly #paths = new Map<string, Record<string, unknown>>();
  readonly #version: string;

  constructor(version: string) {
    this.#version = version;
  }

  /** Must be called before the first route is registered. */
  watch(app: FastifyInstance): void {
    app.addHook('onRoute', (route) => this.#add(route));
  }

  /** OpenAPI 3.1. */
  toJSON(): object {
    return {
      openapi: '3.1.0',
      info: { title: 'Bailiwick', version: this.#version },
      paths: Object.fromEntries(this.#paths),
      components: {
        schemas: { Problem: PROBLEM },
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    };
  }

  #add(route: RouteOptions): void {
    const path = route.url.replace(/:(\w+)/g, '{$1}');
    const operations = this.#paths.get(path) ?? {};
    this.#paths.set(path, operations);
    for (const method of [route.method].flat()) {
      if (method !== 'HEAD') operations[method.toLowerCase()] = operationOf(route);
    }
  }
}

function operationOf({ schema = {}, url }: RouteOptions): object {
  const answer = (schema.response as Readonly<Record<string, JsonSchema>> | undefined)?.['200'];
  const [type = 'application/json'] = schema.produces ?? [];
  const open = !url.startsWith('/api/') || url.endsWith('/openapi.json');
  return {
    summary: schema.summary ?? '',
    ...(open ? {} : { security: [{ bearer: [] }] }),
    parameters: [...parameters('path', schema.params), ...parameters('query', schema.querystring)],
    ...(schema.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schema.body } } } }),
    responses: {
      200: { description: 'Done', content: { [type]: answer === undefined ? {} : { schema: answer } } },
      default: {
        description: 'Refused',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function parameters(where: 'path' | 'query', schema: unknown): object[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, shape]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: shape,
  }));
}

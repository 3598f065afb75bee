/** A refusal of the API, in the form of RFC 9457. `detail` is for people and never holds a token, SQL or a value. */
export class Problem extends Error {
  readonly status: ProblemStatus;
  readonly code: string;
  readonly extensions: Readonly<Record<string, unknown>>;

  /** @param code kebab-case and stable. @param extensions further members of the problem object. */
  constructor(status: ProblemStatus, code: string, detail: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.extensions = extensions;
  }
}

const TITLES = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not valid',
  429: 'Too many failed attempts',
  500: 'Internal error',
  503: 'Not available',
} as const;

export type ProblemStatus = keyof typeof TITLES;

/** Whether a status has a title here. */
export function isProblemStatus(status: number): status is ProblemStatus {
  return status in TITLES;
}

/** The JSON object of `application/problem+json`; `requestId` is what the log has, too. */
export function problemBody(problem: Problem, requestId: string): Record<string, unknown> {
  return {
    ...problem.extensions,
    type: `urn:bailiwick:problem:${problem.code}`,
    title: TITLES[problem.status],
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    instance: `urn:bailiwick:request:${requestId}`,
  };
}

/** What an unknown and a foreign id both get: the two must not be told apart. */
export function notFound(): Problem {
  return new Problem(404, 'not-found', 'There is no such thing here, or it is not yours to see.');
}

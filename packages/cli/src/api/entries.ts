/** What the API's lists hold (CONTRACT section 7), as far as the commands show it. */
export interface SessionEntry {
  readonly id: string;
  readonly protocol: string;
  readonly datasource: string;
  readonly identity: { readonly human: string | null; readonly agent: string | null; readonly [key: string]: unknown };
  readonly role: string;
  readonly address: string;
  readonly application: string;
  readonly live: boolean;
  readonly started: string;
  readonly ended: string | null;
  readonly end_reason: string | null;
  readonly statements: number;
  readonly refused: number;
}

export interface ApprovalEntry {
  readonly id: string;
  readonly digest: string;
  readonly status: string;
  readonly identity: { readonly human: string | null; readonly agent: string | null };
  readonly datasource: string;
  readonly sql: string;
  readonly parameters: readonly (string | null)[];
  readonly class: string;
  readonly tables: readonly string[];
  readonly tags: readonly string[];
  readonly created: string;
  readonly expires: string;
  readonly decisions: readonly {
    readonly by: string;
    readonly verdict: string;
    readonly reason: string;
    readonly at: string;
  }[];
  readonly role: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly session: string;
  readonly terms: { readonly rule: string; readonly groups: readonly string[]; readonly min: number };
  readonly in_doubt: boolean;
}

export interface PassEntry {
  readonly id: string;
  readonly user: string;
  readonly status: string;
  readonly identity: { readonly human: string | null; readonly agent: string | null };
  readonly datasource: string;
  readonly role: string;
  readonly networks: readonly string[];
  readonly created: string;
  readonly expires: string;
  readonly revoked: string | null;
}

/** `agent for person`, or whichever there is. */
export function whoIs({ human, agent }: { readonly human: string | null; readonly agent: string | null }): string {
  return [agent, human].filter((name) => name !== null).join(' for ');
}

import type { Place } from '@bailiwick/domain';
import type { ClientOptions, IssuerOptions } from './options.ts';

/** What is known beside the claims. */
export interface ClaimsContext {
  readonly issuer: IssuerOptions;
  readonly clients: ReadonlyMap<string, ClientOptions>;
  /** What the networks say about the peer's address; null: nothing. */
  readonly networkRegion: Place | null;
  /** Thumbprint of the certificate that the client holds, for tokens that are bound to one. Absent or null: none. */
  readonly certificateThumbprint?: string | null;
  /** Called with what was not heard or did not agree; names of sources only, never what they said. */
  readonly onOddity: (oddity: Oddity) => void;
}

/** Something that a token said in vain: worth a line in the log, no reason to refuse it. */
export type Oddity =
  | { readonly kind: 'dropped'; readonly claim: 'groups' | 'grants'; readonly count: number }
  | { readonly kind: 'places'; readonly claim: 'region' | 'model_region'; readonly sources: readonly string[] };

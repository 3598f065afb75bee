/** Something that does not verify. */
export interface VerifyFault {
  readonly file: string;
  /** Byte offset in the file. */
  readonly offset: number;
  readonly session: string | null;
  /** Number of the record in its session. */
  readonly sequence: number | null;
  /** What is wrong, for people. */
  readonly sentence: string;
}

/** One file that was checked. */
export interface VerifiedFile {
  readonly file: string;
  /** 0: the header could not be read. */
  readonly segment: number;
  /** `open`: not sealed yet; what it holds is linked but not signed, so cutting its end would not show. */
  readonly state: 'sealed' | 'open';
  readonly records: number;
  /** Where the last record that was looked at ends. */
  readonly verifiedTo: number;
}

/** What `verifyAudit` found. */
export interface VerifyReport {
  /** Nothing is wrong. Read `notes` all the same: they say what was not checked. */
  readonly clean: boolean;
  readonly faults: readonly VerifyFault[];
  readonly notes: readonly string[];
  readonly files: readonly VerifiedFile[];
  readonly sessions: number;
  readonly records: number;
  readonly frames: number;
  /** Time of the last record, milliseconds since the epoch; null where there is none. */
  readonly lastRecordAt: number | null;
  /** SHA-256 (hex) of the public key, and where it came from. */
  readonly publicKeyId: string | null;
  readonly publicKeySource: 'given' | 'beside the log' | 'none';
}

import { saslprep } from '@mongodb-js/saslprep';

/**
 * The password as SCRAM hashes it: by SASLprep (RFC 4013) where that is defined. Where it is not (a character that is
 * prohibited or not assigned, or nothing left), the password as it is, for that is what PostgreSQL does (pg_saslprep).
 */
export function normalisePassword(password: string): string {
  try {
    const prepared = saslprep(password);
    return prepared === '' ? password : prepared;
  } catch {
    return password;
  }
}

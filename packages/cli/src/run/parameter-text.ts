import type { BoundParameter } from '@bailiwick/domain';
import { valueFormat } from '@bailiwick/postgres';

/** A bound value as PostgreSQL would write it in text; null where its binary form is not understood. */
export function parameterText({ typeOid, format, value }: BoundParameter): string | null {
  if (value === null) return null;
  const bytes = Buffer.from(value);
  if (format === 0) return bytes.toString('utf8');
  const binary = valueFormat(typeOid, 1);
  const text = valueFormat(typeOid, 0);
  if (binary === undefined || text === undefined) return null;
  try {
    return text.encode(binary.decode(bytes)).toString('utf8');
  } catch {
    return null;
  }
}

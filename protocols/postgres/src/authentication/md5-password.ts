import { createHash } from 'node:crypto';

const md5Hex = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** The answer to AuthenticationMD5Password: `md5` + md5(md5(password + user) + salt), in hexadecimal digits. */
export function md5Password(user: string, password: string, salt: Uint8Array): string {
  return `md5${md5Hex(md5Hex(password, user), salt)}`;
}

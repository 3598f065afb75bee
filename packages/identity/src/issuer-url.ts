/**
 * What is wrong with an address that keys are to be fetched from; null: nothing. https is required off loopback:
 * whoever can change the keys on their way signs as anybody.
 * @param loopbackAllowed whether http to this machine itself will do.
 */
export function issuerUrlFault(address: string, loopbackAllowed: boolean): string | null {
  if (!URL.canParse(address)) return 'is not a URL';
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') return 'holds credentials';
  if (url.hash !== '') return 'has a fragment';
  if (url.protocol === 'https:') return null;
  if (url.protocol !== 'http:') return 'is not an https URL';
  return loopbackAllowed && isLoopback(url) ? null : 'must use https: http is accepted on loopback only';
}

/** Whether a URL names this machine itself. */
export function isLoopback(url: URL): boolean {
  return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/.test(url.hostname);
}

/** Where an issuer's metadata is (OpenID Connect Discovery 1.0 section 4). */
export function discoveryUrl(issuer: string): string {
  return `${issuer.endsWith('/') ? issuer.slice(0, -1) : issuer}/.well-known/openid-configuration`;
}

import { silentLog, silentTelemetry, systemClock } from '@bailiwick/domain';
import { createIdentityVerifier, type RunningIdentityVerifier } from '@bailiwick/identity';
import { afterEach, expect, test } from 'vitest';
import { type DevelopmentIssuer, startDevelopmentIssuer } from './issuer.ts';

let issuer: DevelopmentIssuer;
let verifier: RunningIdentityVerifier;

async function setUp(): Promise<void> {
  issuer = await startDevelopmentIssuer();
  verifier = createIdentityVerifier(
    { issuers: [{ issuer: issuer.issuer, audience: 'bailiwick' }], clients: new Map(), networks: [] },
    { clock: systemClock, telemetry: silentTelemetry, log: silentLog },
  );
}

afterEach(async () => {
  verifier.close();
  await issuer.close();
});

test('its tokens are accepted over real HTTP, through discovery', async () => {
  await setUp();
  const token = await issuer.issueToken({
    sub: 'alice',
    groups: ['support', 'dba'],
    region: 'DE',
    act: { sub: 'helper', groups: ['support'], model_region: 'DE' },
  });
  expect(await verifier.verify(token, 'wire', '127.0.0.1')).toMatchObject({
    human: { subject: 'alice' },
    agent: { subject: 'helper' },
    groups: ['support'],
    region: 'DE',
    modelRegion: 'DE',
  });
});

test('after a rotation new tokens are accepted, and so are the old ones', async () => {
  await setUp();
  const old = await issuer.issueToken({ sub: 'alice' });
  await verifier.verify(old, 'wire', null);
  await issuer.rotateKeys();
  await verifier.verify(await issuer.issueToken({ sub: 'alice' }), 'wire', null);
  await verifier.verify(old, 'wire', null);
});

test('claims win over what it fills in, and tokens can be stale', async () => {
  await setUp();
  const foreign = await issuer.issueToken({ sub: 'alice', aud: 'other' });
  await expect(verifier.verify(foreign, 'wire', null)).rejects.toMatchObject({ failure: 'audience' });
  const stale = await issuer.issueToken({ sub: 'alice' }, { expiresInSeconds: -120 });
  await expect(verifier.verify(stale, 'wire', null)).rejects.toMatchObject({ failure: 'expired' });
});

test('tokens of another issuer with the same look are refused', async () => {
  await setUp();
  const other = await startDevelopmentIssuer();
  const forged = await other.issueToken({ sub: 'alice', iss: issuer.issuer });
  await other.close();
  await expect(verifier.verify(forged, 'wire', null)).rejects.toMatchObject({ failure: 'signature' });
});

test('publishes no private key, and nothing at other paths', async () => {
  await setUp();
  const keys = await (await fetch(`${issuer.issuer}/jwks`)).text();
  expect(JSON.parse(keys).keys).toHaveLength(1);
  expect(keys).not.toContain('"d"');
  expect((await fetch(`${issuer.issuer}/token`)).status).toBe(404);
  expect((await fetch(`${issuer.issuer}/jwks`, { method: 'POST' })).status).toBe(405);
});

export { type IdentityVerifier, TokenRejected } from './verifier.ts';

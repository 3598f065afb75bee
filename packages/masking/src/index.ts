export { maskOption, REDACTED, validateMask } from '@bailiwick/domain';
export { compileMask } from './compile-mask.ts';
export { constantCell } from './constant-cell.ts';
export type { MaskKeys } from './mask-keys.ts';

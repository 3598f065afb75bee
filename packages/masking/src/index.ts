export { maskOption, REDACTED, validateMask } from '@bailiwick/domain';
export { type ColumnChecks, checkedValue } from './checked-value.ts';
export { compileMask } from './compile-mask.ts';
export { constantCell } from './constant-cell.ts';
export { findAll, type Search } from './detect/find-all.ts';
export type { Finding } from './detect/finding.ts';
export type { MaskKeys } from './mask-keys.ts';

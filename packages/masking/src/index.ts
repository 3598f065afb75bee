export { compileMask, constantCell, type MaskKeys } from './compile-mask.ts';

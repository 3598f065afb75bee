export { valueFormat } from './values/value-format.ts';

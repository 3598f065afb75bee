import type { Product } from './crm.ts';

/** What the bank sells: nothing in it is personal, so it stays readable for everybody. */
export const PRODUCTS: readonly Product[] = [
  ['ACC-BAS', 'Current account, basic', '3.90'],
  ['ACC-PLS', 'Current account, plus', '8.90'],
  ['CRD-DEB', 'Debit card', '0.00'],
  ['CRD-CRE', 'Credit card', '39.00'],
  ['CRD-GLD', 'Credit card, gold', '89.00'],
  ['SAV-STD', 'Savings plan', '25.00'],
  ['SAV-KID', 'Savings plan for children', '10.00'],
  ['INS-TRV', 'Travel insurance', '64.50'],
  ['INS-LIA', 'Liability insurance', '72.00'],
  ['INS-HOM', 'Household insurance', '118.40'],
  ['LOA-ADV', 'Loan advice, one hour', '95.00'],
  ['DEP-BOX', 'Safe deposit box, one year', '150.00'],
  ['TRF-INS', 'Instant transfers, one year', '12.00'],
  ['FX-PACK', 'Foreign currency delivery', '14.95'],
  ['TAX-STM', 'Tax statement, reprint', '7.50'],
  ['ADV-EST', 'Estate planning', '240.00'],
].map(([sku = '', name = '', price = '0.00'], index) => ({ id: index + 1, sku, name, price }));

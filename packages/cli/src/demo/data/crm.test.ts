import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { mod1110Digit, nirKey, verhoeffDigit } from './check-digits.ts';
import { type Crm, DEMO_SIZE, makeCrm } from './crm.ts';
import type { Customer } from './customer.ts';

let crm: Crm;
beforeAll(() => {
  crm = makeCrm();
});

const of = (country: string): Customer[] => crm.customers.filter((customer) => customer.home_country === country);

describe('the sample data', () => {
  test('is the same for the same seed, and another for another', () => {
    const digest = (made: Crm): string => createHash('sha256').update(JSON.stringify(made)).digest('hex');
    expect(digest(makeCrm())).toBe(digest(crm));
    expect(digest(makeCrm(1))).not.toBe(digest(crm));
  });

  test('has at least 5,000 customers in four countries, each with enough of them', () => {
    expect(DEMO_SIZE.customers).toBeGreaterThanOrEqual(5_000);
    for (const country of ['DE', 'FR', 'IN', 'US']) expect(of(country).length).toBeGreaterThan(1_000);
    expect(crm.orders).toHaveLength(DEMO_SIZE.orders);
    expect(crm.support_tickets).toHaveLength(DEMO_SIZE.supportTickets);
  });

  test.each(['id', 'external_id', 'email'] as const)('no two customers share %s', (column) => {
    expect(new Set(crm.customers.map((customer) => customer[column])).size).toBe(crm.customers.length);
  });

  test('no mail can arrive: every address is under a domain that RFC 2606 reserves', () => {
    const text = JSON.stringify(crm);
    const domains = [...text.matchAll(/[a-z0-9.-]+@([a-z0-9.-]+[a-z])/g)].map(([, domain]) => domain);
    expect(domains.length).toBeGreaterThan(crm.customers.length);
    expect(domains.filter((domain) => !/(^|\.)example(\.(com|net|org))?$/.test(domain ?? ''))).toEqual([]);
  });

  test('free text quotes what regulated columns hold', () => {
    const quoting = crm.customers.filter(({ notes, email }) => notes?.includes(email));
    expect(quoting.length).toBeGreaterThan(300);
    expect(crm.support_tickets.some(({ body }) => /\d{3}-\d{2}-\d{4}/.test(body))).toBe(true);
  });

  test('tickets are closed after they were opened', () => {
    for (const { opened_at: opened, closed_at: closed } of crm.support_tickets) {
      if (closed !== null) expect(Date.parse(closed)).toBeGreaterThan(Date.parse(opened));
    }
  });

  test('money is numeric(12,2)', () => {
    for (const { balance } of crm.customers) expect(balance).toMatch(/^-?\d{1,10}\.\d\d$/);
  });
});

describe('national ids', () => {
  test('DE: eleven digits, first not 0, one twice and one missing, check digit', () => {
    for (const { national_id: number } of of('DE')) {
      expect(number).toMatch(/^[1-9]\d{10}$/);
      expect(new Set(number.slice(0, 10)).size).toBe(9);
      expect(mod1110Digit(number.slice(0, 10))).toBe(number.slice(10));
    }
  });

  test('FR: sex, month of birth, key', () => {
    for (const { national_id: written, birth_date: born } of of('FR')) {
      const number = written.replaceAll(' ', '');
      expect(number).toMatch(/^[12]\d{14}$/);
      expect(number.slice(1, 5)).toBe(born.slice(2, 4) + born.slice(5, 7));
      expect(nirKey(number.slice(0, 13))).toBe(number.slice(13));
    }
  });

  test('IN: twelve digits, first 2 to 9, Verhoeff', () => {
    for (const { national_id: written } of of('IN')) {
      const number = written.replaceAll(' ', '');
      expect(number).toMatch(/^[2-9]\d{11}$/);
      expect(verhoeffDigit(number.slice(0, 11))).toBe(number.slice(11));
    }
  });

  test('US: no area 000, 666 or 9xx, no group 00, no serial 0000', () => {
    for (const { national_id: number } of of('US')) {
      expect(number).toMatch(/^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$/);
    }
  });
});

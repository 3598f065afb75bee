import { describe, expect, test } from 'vitest';
import { Networks } from './networks.ts';

const networks = new Networks([
  { cidr: '10.0.0.0/8', region: 'de' },
  { cidr: '10.1.0.0/16', region: 'FR' },
  { cidr: '10.2.0.0/16', region: 'US' },
  { cidr: '10.2.0.0/16', region: 'CA' },
  { cidr: '2001:db8::/32', region: 'JP' },
]);

test.each<[string | null, string | null]>([
  ['10.9.0.1', 'DE'],
  ['10.1.0.1', 'FR'],
  ['10.2.0.1', 'unknown'],
  ['::ffff:10.1.0.1', 'FR'],
  ['::FFFF:10.1.0.1', 'FR'],
  ['2001:db8::1', 'JP'],
  ['2001:db8::1%eth0', 'JP'],
  ['2001:db9::1', null],
  ['11.0.0.1', null],
  ['10.1.0.1.evil', null],
  ['', null],
  [null, null],
])('%s is in %s', (address, region) => {
  expect(networks.regionOf(address)).toBe(region);
});

test('the order of the entries does not matter', () => {
  const reversed = new Networks([
    { cidr: '10.1.0.0/16', region: 'FR' },
    { cidr: '10.0.0.0/8', region: 'DE' },
  ]);
  expect(reversed.regionOf('10.1.0.1')).toBe('FR');
});

describe('refused at start', () => {
  test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '::/129', 'example.com/8', '10.0.0.0/-1', '10.0.0.0/8 '])(
    '%s',
    (cidr) => {
      expect(() => new Networks([{ cidr, region: 'DE' }])).toThrow(TypeError);
    },
  );

  test.each(['', 'none', 'unknown', 'Germany, EU'])('region %j', (region) => {
    expect(() => new Networks([{ cidr: '10.0.0.0/8', region }])).toThrow(TypeError);
  });
});

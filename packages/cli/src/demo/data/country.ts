import { FRANCE, GERMANY, INDIA, UNITED_STATES } from './words.ts';

export const COUNTRIES = ['DE', 'FR', 'IN', 'US'] as const;
/** ISO 3166 alpha-2 codes of the countries that the sample customers live in. */
export type Country = (typeof COUNTRIES)[number];

/** What a country's customers are made of. */
export interface CountryWords {
  readonly language: string;
  readonly currency: string;
  readonly female: readonly string[];
  readonly male: readonly string[];
  readonly last: readonly string[];
  readonly streets: readonly string[];
  /** City and the first digits of its postcodes. */
  readonly cities: readonly (readonly [city: string, postcode: string])[];
  readonly postcodeDigits: number;
  /** Reserved by RFC 2606, so that no mail can arrive anywhere. */
  readonly mailDomains: readonly string[];
  /** `#` stands for a digit. Numbers set aside for fiction, where the country has any. */
  readonly phones: readonly string[];
}

export const WORDS: Readonly<Record<Country, CountryWords>> = {
  DE: GERMANY,
  FR: FRANCE,
  IN: INDIA,
  US: UNITED_STATES,
};

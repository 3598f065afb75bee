/** Verhoeff's multiplication in the dihedral group D5, and the permutation that a digit's place applies. */
const D5 = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const PLACES = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];
const INVERSE = '0432156789';

const digitAt = (line: string | undefined, index: number): number => Number(line?.[index]);

/** Verhoeff's check digit, as Aadhaar numbers end with. */
export function verhoeffDigit(digits: string): string {
  let checksum = 0;
  [...digits].reverse().forEach((digit, index) => {
    checksum = digitAt(D5[checksum], digitAt(PLACES[(index + 1) % PLACES.length], Number(digit)));
  });
  return String(digitAt(INVERSE, checksum));
}

/** ISO 7064 MOD 11,10, as German tax identification numbers end with. */
export function mod1110Digit(digits: string): string {
  let product = 10;
  for (const digit of digits) {
    const sum = (Number(digit) + product) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return String((11 - product) % 10);
}

/** The two-digit key of a French NIR: 97 minus its 13 digits modulo 97. */
export function nirKey(digits: string): string {
  return String(97 - Number(BigInt(digits) % 97n)).padStart(2, '0');
}

import { expect, test } from 'vitest';
import { ERROR_FIELD } from './error-fields.ts';
import { decodeErrorResponse, encodeErrorResponse } from './error-response.ts';

const fieldsOf = (text: string): Map<string, string> =>
  new Map(decodeErrorResponse(Buffer.from(text, 'latin1')).fields);

test('of a field given twice the last one counts', () => {
  expect(fieldsOf('C42501\0C00000\0\0').get(ERROR_FIELD.sqlState)).toBe('00000');
});

test('no field is required: a server that forgets its SQLSTATE is no reason to fall', () => {
  expect(fieldsOf('\0').size).toBe(0);
  expect(fieldsOf('Moops\0\0').get(ERROR_FIELD.sqlState)).toBeUndefined();
});

test('letters that are not known are kept, also those outside ASCII', () => {
  expect(fieldsOf('xnew\0\xe9odd\0\0')).toEqual(
    new Map([
      ['x', 'new'],
      ['é', 'odd'],
    ]),
  );
});

test('text in another encoding stays readable', () => {
  expect(fieldsOf("Ml'authentification a \xe9chou\xe9\0\0").get('M')).toBe("l'authentification a \ufffdchou\ufffd");
});

test.each(['', 'S', 'SERROR', 'SERROR\0', 'SERROR\0\0x'])('%j is malformed', (text) => {
  expect(() => fieldsOf(text)).toThrow(expect.objectContaining({ code: 'malformed', messageName: 'ErrorResponse' }));
});

test('a text of ours cannot add a field or end the message', () => {
  expect(() => encodeErrorResponse({ fields: new Map([['M', 'no\0C00000']]) })).toThrow(
    expect.objectContaining({ code: 'malformed' }),
  );
  for (const letter of ['', 'MM', '\0']) {
    expect(() => encodeErrorResponse({ fields: new Map([[letter, 'x']]) })).toThrow(RangeError);
  }
});

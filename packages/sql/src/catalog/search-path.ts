/**
 * The names in a search_path setting, as SplitIdentifierString (varlena.c) reads them: unquoted ones are folded to lower
 * case (ASCII only), quoted ones are taken as they stand. `"$user"` is not replaced. Throws a `RangeError` where the server would refuse the value.
 */
export function parseSearchPath(value: string): readonly string[] {
  const names: string[] = [];
  const element = /[ \t\n\r\f\v]*(?:"((?:[^"]|"")*)"|([^", \t\n\r\f\v]+))[ \t\n\r\f\v]*(,|$)/y;
  if (/^[ \t\n\r\f\v]*$/.test(value)) return names;
  for (;;) {
    const [, quoted, plain, separator] = element.exec(value) ?? [];
    if (separator === undefined) throw new RangeError('not a list of names');
    const name = quoted?.replaceAll('""', '"') ?? plain?.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) ?? '';
    names.push(name);
    if (separator === '') return names;
  }
}

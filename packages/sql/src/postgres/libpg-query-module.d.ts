/** The Emscripten module inside libpg-query: its own wrapper keeps one instance for ever, also after a trap. */
declare module 'libpg-query/wasm/libpg-query.js' {
  export interface PgQueryModule {
    readonly HEAPU8: Uint8Array;
    getValue(pointer: number, type: 'i32'): number;
    UTF8ToString(pointer: number): string;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _wasm_parse_query_raw(text: number): number;
    _wasm_free_parse_result(result: number): void;
    _wasm_scan(text: number): number;
    _wasm_free_string(text: number): void;
  }
  const load: () => Promise<PgQueryModule>;
  export default load;
}

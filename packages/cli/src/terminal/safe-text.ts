/**
 * Text that came from data, made safe for a terminal: no escape sequence can move the cursor, change the title or hide a
 * line, and no direction override can show words in another order. Control characters become their names, such as
 * `\x1b`; line breaks stay where `lines` says so.
 */
export function safeText(text: string, lines: 'one line' | 'many lines' = 'one line'): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    if (character === '\n' && lines === 'many lines') return character;
    if (character === '\n') return '\\n';
    if (character === '\t') return lines === 'many lines' ? '    ' : '\\t';
    if (character === '\r') return '\\r';
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

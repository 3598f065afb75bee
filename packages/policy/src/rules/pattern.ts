/** A name in which `*` stands for any characters. */
export interface NamePattern {
  readonly text: string;
  matches(name: string): boolean;
}

/** Compiles a pattern. Everything but `*` is taken literally. */
export function compilePattern(text: string): NamePattern {
  if (!text.includes('*')) return { text, matches: (name) => name === text };
  const parts = text.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`, 's');
  return { text, matches: (name) => expression.test(name) };
}

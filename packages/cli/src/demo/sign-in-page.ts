/** What the page is to show: a form, or that it is done. */
export type SignInPage =
  | { readonly userCode: string; readonly fault: string; readonly people: readonly string[] }
  | { readonly done: string };

/** The page on which people say who they are. Needs nothing from anywhere. */
export function signInPage(content: SignInPage): string {
  const body = 'done' in content ? `<p>${escaped(content.done)} You may close this page.</p>` : form(content);
  return `<!doctype html><meta charset="utf-8"><title>Development issuer</title>
<body style="font: 1rem/1.6 system-ui; max-width: 26rem; margin: 4rem auto">
<h1 style="font-size: 1.2rem">Development issuer: sign in</h1>
${body}`;
}

function form({ userCode, fault, people }: Extract<SignInPage, { readonly people: unknown }>): string {
  const options = people.map((name) => `<option>${escaped(name)}</option>`).join('');
  return `${fault === '' ? '' : `<p role="alert">${escaped(fault)}</p>`}
<form method="post" action="/device">
<p><label>Code shown by the command<br><input name="user_code" value="${escaped(userCode)}" required></label></p>
<p><label>Sign in as<br><select name="person">${options}</select></label></p>
<p><label>Password, as printed by the demo<br><input name="password" type="password" required></label></p>
<p><button name="answer" value="allow">Log in</button> <button name="answer" value="deny">Refuse</button></p>
</form>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '');

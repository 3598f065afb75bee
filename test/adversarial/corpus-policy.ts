/** What the corpus assumes: its schema's marked columns are redacted and cannot be probed; nobody approves writes. */
export const CORPUS_POLICY = `version: 1
data:
  demo:
    public.customers:
      columns: { email: [m], ssn: [m], balance: [m], birthdate: [m], notes: [m], tags: [m], contact: [m], avatar: [m],
        ssn_last4: [m], email_lc: [m] }
    public.orders: { columns: { card_number: [m] } }
    public.events: { columns: { payload: [m] } }
    public.people: { columns: { national_id: [m] } }
    public.employees: { columns: { salary: [m] } }
    public.profiles: { columns: { doc: [m] } }
    public.kv: { columns: { attrs: [m] } }
    public.vault: { columns: { secret: [m] } }
rules:
  - { id: marked, on: { tags: [m] }, do: { mask: redact }, inference: deny }
  - { id: ask, on: { does: [WRITE, FUNCTION, DDL] }, do: { hold: { by: [dba], min: 1 } } }
  - { id: roles, on: { does: [ROLE] }, do: block }
`;

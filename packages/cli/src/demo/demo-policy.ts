/** The policy of the demo, as it is written to `policies/demo.yaml`: a page to read, and to change under `reload`. */
export const DEMO_POLICY = `# What the demo's readers may see of the bank's CRM. Change it and run: npx bailiwick reload
version: 1

jurisdictions:
  # Where personal data of the bank may be read, by people and by the models that read for them.
  TRUSTED: [EEA, GB, CH]

# What is where. Everything in it belongs to the EEA: the datasource crm is in DE.
data:
  crm:
    public.customers:
      columns:
        name: [pii.name]
        email: [pii.contact.email]
        phone: [pii.contact.phone]
        national_id: [pii.national_id]
        birth_date: [pii.birth_date]
        external_id: [pii.key]
        balance: [financial.balance]
        credit_limit: [financial.balance]
        notes: [pii.free_text]
        profile: [pii.profile]
    public.support_tickets:
      columns:
        body: [pii.free_text]

# Every rule that matches speaks, the strictest wins, and only a rule's own \`except\` loosens it.
rules:
  # Residency: nobody outside the jurisdiction gets personal data, whatever mask it would have.
  - id: eu-residency
    on: { tags: ["pii.*", "financial.*"], data: [EEA] }
    reader: { outside: [TRUSTED] }
    do: block

  # Masks. A person of support sees addresses; an agent that acts for that person does not.
  - id: email
    on: { tags: [pii.contact.email] }
    do: { mask: email }
    except: '"support" in human.groups && agent == null'
  - id: phone
    on: { tags: [pii.contact.phone] }
    do: { mask: { partial: { keep_last: 3 } } }
    except: '"support" in human.groups && agent == null'
  - id: name
    on: { tags: [pii.name] }
    do: { mask: { partial: { keep_first: 1 } } }
    except: '"support" in human.groups && agent == null'
  - id: national-id
    on: { tags: [pii.national_id] }
    do: { mask: { partial: { keep_last: 4 } } }
    inference: deny
  - id: birth-date
    on: { tags: [pii.birth_date] }
    do: { mask: { date: { precision: year } } }
  - id: balance
    on: { tags: [financial.balance] }
    do: { mask: { bucket: { size: 1000 } } }
  - id: key
    on: { tags: [pii.key] }
    do: { mask: hash }
  - id: free-text
    on: { tags: [pii.free_text, pii.profile] }
    do: { mask: redact }
    inference: deny

  # Writes wait for a person of the group reviewers. Orders are changed by ticket: the client need not wait.
  - id: writes
    on: { does: [WRITE, FUNCTION, DDL] }
    do: { hold: { by: [reviewers], min: 1 } }
  - id: orders-by-ticket
    on: { does: [WRITE], tables: [public.orders] }
    do: { hold: { by: [reviewers], min: 1 } }
    mode: ticket
  - id: roles
    on: { does: [ROLE] }
    do: block

defaults: { unparsed: block, unknown_reader: block, writes: hold, inference: equality, launder: block, untagged: allow }
`;

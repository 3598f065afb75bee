import type { AuditEvent, TranscriptEntry } from '@bailiwick/domain';
import { safeText } from '../terminal/safe-text.ts';

/** An entry as the API gives it: its time is ISO 8601. */
export type ReplayEntry = Omit<TranscriptEntry, 'at'> & { readonly at: string };

/** A transcript entry as lines: time, who, what. Everything in it came from data. */
export function replayLines(entry: ReplayEntry): readonly string[] {
  const time = entry.at.replace('T', ' ').replace(/Z$/, '');
  if (entry.event !== null) return [`${time}  --        ${safeText(eventWords(entry.event))}`];
  const arrow = entry.kind === 'client' ? 'client >' : 'client <';
  return entry.messages.map(({ name, text, bytes }) => {
    const content = text === null ? `(${bytes} bytes, body not kept)` : text;
    return `${time}  ${arrow}  ${safeText(`${name} ${content}`.trimEnd())}`;
  });
}

/** An event as a sentence. */
function eventWords(event: AuditEvent): string {
  switch (event.type) {
    case 'session.start': {
      const { datasource, identity, clientAddress, role, application, credential } = event.session;
      const who = [identity.agent, identity.human].filter((name) => name !== null).join(' for ');
      const from = application === '' ? clientAddress : `${clientAddress} (${application})`;
      const places = `reader in ${identity.region}, model in ${identity.modelRegion}`;
      const way = credential === undefined ? '' : ` by ${credential}`;
      return `session start: ${who}${way} on ${datasource} as ${role} from ${from}; ${places}`;
    }
    case 'statement':
      return `statement ${event.ordinal} (${event.classes.join(', ')}): ${event.normalisedSql}${touching(event)}`;
    case 'decision': {
      const code = event.code === null ? '' : ` [${event.code}]`;
      const masks = event.masks.flatMap((mask, index) => (mask === null ? [] : [`column ${index + 1} ${mask}`]));
      const masked = masks.length === 0 ? '' : `; masked: ${masks.join(', ')}`;
      const request = event.request === null ? '' : `; request ${event.request}`;
      return `decision ${event.ordinal}: ${event.effect} by ${event.rule}${code}${masked}${request}`;
    }
    case 'outcome': {
      const state = event.sqlState === null ? '' : `SQLSTATE ${event.sqlState}`;
      const words = [event.outcome, event.tag, state].filter((word) => word !== '').join(' ');
      return `outcome ${event.ordinal}: ${words}, ${event.rows} rows`;
    }
    case 'approval':
      return `approval ${event.request}: ${event.what}${event.by === null ? '' : ` by ${event.by}`}`;
    case 'violation':
      return `protocol violation by ${event.peer}: ${event.message}: ${event.reason}`;
    case 'alert':
      return `alert ${event.alert}: ${event.reason}`;
    case 'session.end':
      return `session end: ${event.reason}`;
    default:
      // A newer gateway may record what this build does not know.
      return JSON.stringify(event satisfies never);
  }
}

function touching({ tables, tags }: { readonly tables: readonly string[]; readonly tags: readonly string[] }): string {
  const parts = [tables.join(', '), tags.length === 0 ? '' : `tagged ${tags.join(', ')}`];
  const named = parts.filter((part) => part !== '').join(', ');
  return named === '' ? '' : `  -- ${named}`;
}

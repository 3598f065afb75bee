import { settingKind } from '@bailiwick/sql';
import type { SessionCore } from './session-core.ts';
import type { StatementPlan } from './statement-plan.ts';

/** Whether later statements may mean something else once this one has ended: they are not judged before it has. */
export function changesMeaning(core: SessionCore, plan: StatementPlan): boolean {
  return plan.facts.some(
    (one) =>
      one.changesCatalog ||
      one.transaction === 'rollback' ||
      one.transaction === 'rollback-to' ||
      (one.transaction === 'commit' && core.catalogTouched) ||
      one.settings.some(({ name, value }) => settingKind(name, value ?? '') === 'tracked'),
  );
}

/** A statement like that has ended. Resolves when what it changed is known. */
export async function learnWhatChanged(core: SessionCore, plan: StatementPlan, ok: boolean): Promise<void> {
  const ddl = plan.facts.some((one) => one.changesCatalog);
  const ends = plan.facts.some(({ transaction }) => transaction === 'commit' || transaction === 'rollback');
  if (ddl && ok) core.catalogTouched = true;
  if ((ddl && ok) || (ends && core.catalogTouched)) {
    if (ends) core.catalogTouched = false;
    await core.datasource.refreshCatalog();
  }
}

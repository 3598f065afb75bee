import type { StatementFacts } from '@bailiwick/domain';
import { settingKind } from '@bailiwick/sql';
import { runsUnknownCode } from './name-changes.ts';
import type { SessionCore } from './session-core.ts';
import type { StatementPlan } from './statement-plan.ts';

/** Whether later statements may mean something else once this one has ended: they are not judged before it has. */
export function changesMeaning(core: SessionCore, plan: StatementPlan): boolean {
  return plan.facts.some(
    (one) =>
      one.changesCatalog ||
      one.transaction === 'rollback' ||
      one.transaction === 'rollback-to' ||
      ((one.transaction === 'commit' || one.transaction === 'prepare') &&
        (core.catalogTouched || core.searchPath.openToRollback)) ||
      // It may have prepared something else under a name that comes next in the pipeline.
      runsUnknownCode([one]) ||
      one.settings.some(({ name, value }) => settingKind(name, value ?? '') === 'tracked'),
  );
}

/**
 * One statement has succeeded: what it did to the catalog. Nobody outside its transaction sees that yet, so from here to
 * the transaction's end the session has no catalog that could be trusted (SEMANTICS 9). @param facts undefined: not read.
 */
export function learnWhatChanged(core: SessionCore, facts: StatementFacts | undefined): void {
  if (facts === undefined || isDefinition(facts)) core.catalogTouched = true;
  // A function or trigger that could define something hardly ever does: that is DDL by others (SEMANTICS 10).
  else if (facts.changesCatalog && core.datasource.mayRefreshCatalog()) void core.datasource.refreshCatalog();
}

/**
 * The transaction is over. Resolves when its changes of the catalog are known, or when it turns out that the catalog
 * cannot be read: then the session stays without one. Undefined: there were no changes.
 */
export function learnCatalog(core: SessionCore): Promise<void> | undefined {
  if (!core.catalogTouched) return undefined;
  core.catalogTouched = false;
  const asked = core.options.clock.now();
  return core.datasource.refreshCatalog().then(() => {
    if (core.datasource.catalogReadAt < asked) core.catalogTouched = true;
  });
}

const isDefinition = (facts: StatementFacts): boolean =>
  facts.changesCatalog && (facts.classes.includes('DDL') || facts.command === 'DO' || facts.command === 'CALL');

import type { Authority, PolicyDescription, PrometheusTelemetry, ReloadReport } from '@bailiwick/admin';
import type { Log } from '@bailiwick/domain';
import type { Gateway } from '@bailiwick/gateway';
import type { Site } from '../site/load-site.ts';
import { prepareReload } from './reload.ts';

/** The site that is in force, and its replacement by a reload. */
export class RunningSite {
  #site: Site;
  readonly #gateway: Gateway;
  readonly #telemetry: PrometheusTelemetry;
  readonly #log: Log;
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor(
    site: Site,
    parts: {
      readonly gateway: Gateway;
      readonly telemetry: PrometheusTelemetry;
      readonly log: Log;
      readonly environment: Readonly<Record<string, string | undefined>>;
    },
  ) {
    this.#site = site;
    this.#gateway = parts.gateway;
    this.#telemetry = parts.telemetry;
    this.#log = parts.log;
    this.#environment = parts.environment;
    this.#announce();
  }

  authority(): Authority {
    const { roles, datasources } = this.#site.configuration;
    return {
      roles,
      datasources: new Map(datasources.map(({ name, region }) => [name, region])),
      // Scopes list countries (the configuration refuses jurisdictions), so a place lies in one only when it is it.
      inside: (place, region) => place.toUpperCase() === region.toUpperCase(),
    };
  }

  policy(): PolicyDescription {
    const { policy, policyText } = this.#site;
    const rules = policyText.rules.map(({ id, effect, file, line }) => ({ id, effect, file, line }));
    return { version: policy.version, files: policyText.files, rules };
  }

  /** All valid or nothing: throws `ReloadRefused`. What became weaker is an event of its own, rule by rule. */
  async reload(by: string): Promise<ReloadReport> {
    try {
      const { site, report } = prepareReload(this.#site, this.#environment);
      this.#gateway.usePolicy(site.policy);
      this.#site = site;
      this.#announce();
      this.#telemetry.count('config_reload_total', { outcome: 'done' });
      this.#log.info({ by, policy: site.policy.version, changes: report.changed }, 'configuration reloaded');
      for (const what of report.weaker) this.#log.warn({ by, weaker: what }, 'a reload made the policy weaker');
      return report;
    } catch (error) {
      this.#telemetry.count('config_reload_total', { outcome: 'refused' });
      this.#log.warn({ by }, 'reload refused, nothing changed');
      throw error;
    }
  }

  #announce(): void {
    const { policy, configuration } = this.#site;
    this.#telemetry.set('policy_info', { version: policy.version }, 1);
    const places = configuration.datasources.map(({ name, region }) => ({ name, region }));
    this.#telemetry.initialiseResidency(policy.residencySeries(places));
  }
}

import type { Log } from '../../collector/log.ts';
import type { Served } from '../../collector/server.ts';
import type { Paths } from '../../config/paths.ts';
import type { Certificate } from '../certificate.ts';
import type { Door } from '../door.ts';
import type { ServePlan } from '../plan.ts';
import { counter, type Family, gauge, Points } from './family.ts';
import { fleetFamilies } from './fleet.ts';
import { jobFamilies } from './jobs.ts';
import { Pulse } from './pulse.ts';
import { Spend } from './spend.ts';

export interface MetricsOptions {
  plan: Pick<ServePlan, 'mostJobs' | 'otlp'>;
  paths: Paths;
  env: Readonly<Record<string, string | undefined>>;
  log: Log;
}

/** What the metrics are of, once it is there. */
export interface Watched {
  served: Pick<Served, 'snapshot'>;
  door: Pick<Door, 'faces' | 'refused'>;
  certificate: Pick<Certificate, 'expiresAt'> | undefined;
}

/**
 * The collector's own metrics, by two ways out: Prometheus asks for them, and they are sent by
 * OTLP. What each way needs is loaded only where it is taken.
 */
export class Metrics {
  readonly pulse: Pulse;
  readonly #options: MetricsOptions;
  readonly #spend = new Spend();
  readonly #startedAt = Date.now();
  #watched: Watched | undefined;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.pulse = new Pulse(options.paths);
  }

  watch(watched: Watched): void {
    this.#watched = watched;
  }

  /** Every family as it is now. */
  families(): Family[] {
    const { mostJobs } = this.#options.plan;
    if (!this.#watched) return this.pulse.families();
    const { served, door, certificate } = this.#watched;
    const snapshot = served.snapshot();
    this.#spend.look(snapshot, mostJobs);
    return [
      ...fleetFamilies(snapshot, mostJobs),
      ...jobFamilies(snapshot, mostJobs),
      this.#spend.family(),
      ...this.pulse.families(),
      ...doorFamilies(door, certificate),
    ];
  }

  /** For Prometheus. */
  async text(): Promise<{ type: string; text: string }> {
    const { prometheusText } = await import('./prometheus.ts');
    return prometheusText(await this.#collected());
  }

  /** Begins to send them, where that is wanted; the result ends it. */
  async send(): Promise<() => Promise<void>> {
    const { plan, env, log } = this.#options;
    const settings = plan.otlp;
    const receiver = receiverOf(settings, env);
    if (!receiver) return async () => {};
    const { sendOtlp } = await import('./otlp.ts');
    log.info(`sending metrics by OTLP to ${receiver}`);
    return sendOtlp({
      settings,
      env,
      collect: () => this.#collected(),
      told: (failure) =>
        failure === undefined
          ? log.info('metrics are sent by OTLP again')
          : log.warn(
              `metrics cannot be sent by OTLP to ${receiver}: ${failure}. They are sent again at the next interval.`,
            ),
    });
  }

  async #collected() {
    const { resourceMetrics } = await import('./resource.ts');
    return resourceMetrics(this.families(), { startedAt: this.#startedAt, now: Date.now() });
  }
}

function doorFamilies(door: Watched['door'], certificate: Watched['certificate']): Family[] {
  const refused = new Points();
  for (const [status, count] of door.refused) refused.add({ status: String(status) }, count);
  const expiry = new Points();
  if (certificate) expiry.add({}, certificate.expiresAt / 1000);
  return [
    gauge(
      'burnrate_faces',
      '{face}',
      'Pages, terminals and others that watch over the network now.',
      new Points().add({}, door.faces.greeted),
    ),
    counter('burnrate_refused_requests_total', '{request}', 'Requests that were refused.', refused),
    gauge(
      'burnrate_certificate_expiry_timestamp_seconds',
      's',
      'When the certificate of this server is no longer valid.',
      expiry,
    ),
  ];
}

/** Where metrics are sent, without what may be secret of it; undefined where nowhere. */
function receiverOf(
  { endpoint }: ServePlan['otlp'],
  env: MetricsOptions['env'],
): string | undefined {
  if (env.OTEL_METRICS_EXPORTER === 'none' || env.OTEL_SDK_DISABLED === 'true') return undefined;
  const said = env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const address = endpoint ?? said;
  return address && (URL.parse(address)?.origin ?? 'an address that cannot be read');
}

import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import {
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { ServeSettings } from '../../config/serve.ts';

export interface OtlpOptions {
  settings: ServeSettings['otlp'];
  env: Readonly<Record<string, string | undefined>>;
  collect: () => Promise<ResourceMetrics>;
  /** Hears when sending begins to fail and why, and with nothing that it works again. */
  told: (failure: string | undefined) => void;
}

/** How long the last sending may take when the process ends. */
const LAST_MS = 400;
const SEND_MS = 10_000;

/** Sends the metrics from time to time by OTLP. The result ends that, with a last sending. */
export function sendOtlp({ settings, env, collect, told }: OtlpOptions): () => Promise<void> {
  const headers: Record<string, string> = {};
  for (const [name, variable] of Object.entries(settings.headers)) {
    const value = env[variable];
    if (value !== undefined) headers[name] = value;
  }
  const exporter = new OTLPMetricExporter({
    timeoutMillis: SEND_MS,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(settings.endpoint !== undefined && { url: metricsUrl(settings.endpoint) }),
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: watched(exporter, told),
    exportIntervalMillis: intervalOf(settings, env),
    exportTimeoutMillis: Math.min(SEND_MS, intervalOf(settings, env)),
  });
  reader.setMetricProducer({
    collect: async () => ({ resourceMetrics: await collect(), errors: [] }),
  });
  // A receiver that is gone must not hold up the end of this process.
  return () => reader.shutdown({ timeoutMillis: LAST_MS }).catch(() => {});
}

/** As the exporters of OpenTelemetry do with an endpoint that says only where, and not what for. */
function metricsUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === '/' || url.pathname === '') url.pathname = '/v1/metrics';
  return url.href;
}

function intervalOf({ intervalSeconds }: ServeSettings['otlp'], env: OtlpOptions['env']): number {
  const said = Number(env.OTEL_METRIC_EXPORT_INTERVAL);
  return Number.isInteger(said) && said > 0 ? said : intervalSeconds * 1000;
}

/** The exporter, with what came of each sending told where that changes. */
function watched(exporter: OTLPMetricExporter, told: OtlpOptions['told']): PushMetricExporter {
  let failing = false;
  return {
    export: (metrics, done) =>
      exporter.export(metrics, (result) => {
        const { error } = result;
        if (error && !failing) told(error.message);
        if (!error && failing) told(undefined);
        failing = error !== undefined;
        done(result);
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    selectAggregationTemporality: (type) => exporter.selectAggregationTemporality(type),
  };
}

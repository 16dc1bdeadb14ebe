import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';

const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);

/** The text format of Prometheus, version 0.0.4; a family without a series is left out. */
export function prometheusText(metrics: ResourceMetrics): { type: string; text: string } {
  return {
    type: 'text/plain; version=0.0.4; charset=utf-8',
    text: `${serializer.serialize(withSeries(metrics)).trimEnd()}\n`,
  };
}

function withSeries(metrics: ResourceMetrics): ResourceMetrics {
  return {
    ...metrics,
    scopeMetrics: metrics.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.filter(({ dataPoints }) => dataPoints.length > 0),
    })),
  };
}

import { type HrTime, ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { VERSION } from '../../protocol/version.ts';
import type { Family } from './family.ts';

/**
 * Our families as OpenTelemetry's SDK has them, for its exporters. They are made anew at each
 * collection: its instruments would go on reporting jobs that ended days ago.
 */
export function resourceMetrics(
  families: readonly Family[],
  { startedAt, now }: { startedAt: number; now: number },
): ResourceMetrics {
  const times = { startTime: hrTime(startedAt), endTime: hrTime(now) };
  return {
    resource: resourceFromAttributes({ 'service.name': 'burnrate', 'service.version': VERSION }),
    scopeMetrics: [
      {
        scope: { name: 'burnrate', version: VERSION },
        metrics: families.map((one) => data(one, times)),
      },
    ],
  };
}

function data(family: Family, times: { startTime: HrTime; endTime: HrTime }): MetricData {
  const { name, help, unit } = family;
  const shared = {
    descriptor: { name, description: help, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (family.kind === 'histogram') {
    const { bounds, counts, sum } = family.durations;
    const value = {
      buckets: { boundaries: [...bounds], counts: [...counts] },
      sum,
      count: counts.reduce((total, count) => total + count, 0),
    };
    return {
      ...shared,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: [{ ...times, attributes: {}, value }],
    };
  }
  const dataPoints = family.points.map(({ labels, value }) => ({
    ...times,
    attributes: labels,
    value,
  }));
  return family.kind === 'counter'
    ? { ...shared, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...shared, dataPointType: DataPointType.GAUGE, dataPoints };
}

/** Seconds and nanoseconds since the epoch. */
function hrTime(ms: number): HrTime {
  return [Math.trunc(ms / 1000), Math.round((ms % 1000) * 1e6)];
}

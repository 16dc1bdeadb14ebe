import { z } from 'zod';

const Series = z.object({
  metric: z.record(z.string(), z.string()),
  /** Seconds since 1970 and the value as text, oldest first. Absent where all are histograms. */
  values: z.array(z.tuple([z.number(), z.string()])).optional(),
});
export type Series = z.infer<typeof Series>;

/** https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview */
export const Success = z.object({
  status: z.literal('success'),
  data: z.object({ resultType: z.literal('matrix'), result: z.array(Series) }),
  /** Parts that could not be read: in Thanos, stores that did not answer. */
  warnings: z.array(z.string()).nullish(),
  infos: z.array(z.string()).nullish(),
});
export type Success = z.infer<typeof Success>;

/**
 * What went wrong. The kinds are of Prometheus; others add to them, so that any text is one.
 * https://github.com/prometheus/prometheus/blob/main/web/api/v1/api.go
 */
export const Failed = z.object({
  status: z.literal('error'),
  errorType: z.string().catch(''),
  error: z.string().catch(''),
});
export type Failed = z.infer<typeof Failed>;

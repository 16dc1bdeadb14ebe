import { z } from 'zod';
import { parseEndpoint } from './endpoint.ts';

const endpoint = z.string().superRefine((text, context) => {
  const { problem } = parseEndpoint(text);
  if (problem) context.addIssue({ code: 'custom', message: problem });
});

/** The `dcgm` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    /** `gpu01`, `gpu01:9400` or `https://gpu01:9400/metrics`; absent means the one on this machine. */
    endpoints: z.array(endpoint).optional(),
    /**
     * Programs whose own counters are read: inference servers (vLLM, SGLang, TGI), and any that
     * exposes burnrate_steps_total, burnrate_tokens_total or burnrate_samples_total. The job that
     * they are is found by the machine, where it is the only one there; else `job` names it.
     */
    services: z
      .array(z.strictObject({ url: endpoint, job: z.string().min(1).max(500).optional() }))
      .optional(),
    /** How long one exporter may take to answer. */
    timeoutSeconds: z.number().min(0.1).max(10).default(4),
    /**
     * The environment variable whose value is sent as `Authorization` header (`Bearer ...` or
     * `Basic ...`) to every exporter: a secret does not belong in a file of settings.
     */
    authorizationVariable: z.string().min(1).optional(),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;

import { z } from 'zod';
import { parseEndpoint } from './endpoint.ts';

const endpoint = z.string().superRefine((text, context) => {
  const { problem } = parseEndpoint(text);
  if (problem) context.addIssue({ code: 'custom', message: problem });
});

/** The `dcgm` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    endpoints: z
      .array(endpoint)
      .optional()
      .describe(
        'Exporters of GPU metrics: `gpu01`, `gpu01:9400` or `https://gpu01:9400/metrics`; absent means the one on this machine.',
      ),
    services: z
      .array(
        z.strictObject({
          url: endpoint.describe('Where its counters are: `http://gpu01:8000/metrics`.'),
          job: z
            .string()
            .min(1)
            .max(500)
            .meta({ 'x-names': 'job' })
            .optional()
            .describe('The job that it is, by its name. Default: the only one on that machine.'),
        }),
      )
      .optional()
      .describe(
        'Programs whose own counters are read: inference servers (vLLM, SGLang, TGI), and any that exposes burnrate_steps_total, burnrate_tokens_total or burnrate_samples_total. The job that they are is found by the machine, where it is the only one there; else `job` names it.',
      ),
    timeoutSeconds: z
      .number()
      .min(0.1)
      .max(10)
      .default(4)
      .describe('How many seconds one exporter may take to answer.'),
    authorizationVariable: z
      .string()
      .min(1)
      .optional()
      .describe(
        'The environment variable whose value is sent as `Authorization` header (`Bearer ...` or `Basic ...`) to every exporter: a secret does not belong in a file of settings.',
      ),
  })
  .prefault({})
  .describe('How busy GPUs are, by dcgm-exporters and other exporters of metrics.');
export type Settings = z.infer<typeof Settings>;

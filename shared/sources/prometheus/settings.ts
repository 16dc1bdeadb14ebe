import { z } from 'zod';
import { parseAddress } from './address.ts';

/** One matcher of PromQL: `cluster="a"`, `region=~"eu-.*"`. */
const MATCHER = String.raw`[a-zA-Z_]\w*\s*(?:=~|!~|!=|=)\s*"(?:[^"\\\n]|\\[^\n])*"`;
const MATCHERS = new RegExp(String.raw`^\s*${MATCHER}(?:\s*,\s*${MATCHER})*\s*,?\s*$`);

export const Server = z.strictObject({
  url: z
    .string()
    .superRefine((text, context) => {
      const { problem } = parseAddress(text);
      if (problem) context.addIssue({ code: 'custom', message: problem });
    })
    .describe(
      '`prometheus:9090`, or a URL; what comes before `/api/v1` in it where there is a path.',
    ),
  tenant: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'a tenant is of letters, digits and signs, without blanks')
    .optional()
    .describe(
      'Whose series: sent as X-Scope-OrgID, as Mimir and others with several tenants want it.',
    ),
  authorizationVariable: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The environment variable whose value is sent as `Authorization` header (`Bearer ...` or `Basic ...`): a secret does not belong in a file of settings.',
    ),
  selector: z
    .string()
    .regex(MATCHERS, 'label matchers of PromQL, without braces: cluster="a", region=~"eu-.*"')
    .optional()
    .describe('More matchers of labels, so that of a large server only some series are read.'),
});
export type Server = z.infer<typeof Server>;

/** The `prometheus` section of burnrate.yaml. */
export const Settings = z
  .strictObject({
    servers: z
      .array(Server)
      .optional()
      .describe(
        'The servers to read from. Absent means the one that PROMETHEUS_URL names in the environment, if there is any.',
      ),
  })
  .prefault({})
  .describe('How busy GPUs are, by the series that a Prometheus has already.');
export type Settings = z.infer<typeof Settings>;

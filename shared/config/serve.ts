import { z } from 'zod';

const file = z.string().min(1);

/** `serve.otlp`. */
const OtlpSettings = z.strictObject({
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'The address of an OpenTelemetry collector; `/v1/metrics` is added where it has no path. Default: what OTEL_EXPORTER_OTLP_METRICS_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT says.',
    ),
  intervalSeconds: z
    .number()
    .int()
    .min(5)
    .max(3600)
    .default(60)
    .describe('How often they are sent, in seconds.'),
  headers: z
    .record(
      z.string().regex(/^[A-Za-z0-9-]+$/),
      z
        .string()
        .regex(/^[A-Z_][A-Z0-9_]*$/, 'give the name of an environment variable, in capitals'),
    )
    .default({})
    .describe('Headers to send, each with the environment variable that holds its value.'),
});

/** The `serve` section. */
export const ServeSettings = z
  .strictObject({
    listen: z
      .string()
      .regex(/^(.+:)?\d{1,5}$/, 'give an address and a port, as in 0.0.0.0:8443')
      .default('127.0.0.1:8443')
      .describe(
        'Address and port: `0.0.0.0:8443`, `[::]:8443`, or a port alone for this machine only.',
      ),
    tls: z
      .strictObject({
        cert: file.describe('The file of the certificate, PEM.'),
        key: file.describe('The file of its key, PEM.'),
      })
      .optional()
      .describe(
        'The certificate, with what it is signed by after it, and its key: PEM files. Read anew when they change.',
      ),
    tokenFile: file
      .optional()
      .describe(
        'Who may come in: a name, `view` or `stop`, and a token a line. Made where it is not there.',
      ),
    hosts: z
      .array(z.string().min(1))
      .default([])
      .describe('Names by which browsers and faces reach it, beside those in the certificate.'),
    metrics: z
      .boolean()
      .default(false)
      .describe('Serves `/metrics` for Prometheus, to whoever has a token.'),
    metricsJobs: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(200)
      .describe('The most jobs that metrics name; what the others cost is summed up as one.'),
    insecureBehindProxy: z
      .boolean()
      .default(false)
      .describe(
        "No TLS of its own on other addresses than this machine's: a proxy before it has that.",
      ),
    otlp: OtlpSettings.prefault({}).describe(
      "Where the collector's own metrics are sent by OTLP over HTTP, protobuf.",
    ),
  })
  .prefault({})
  .describe('How `burnrate serve` lets other machines in. Its options go before these.');
export type ServeSettings = z.infer<typeof ServeSettings>;

/** The `server` section. */
export const ServerSettings = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .describe('As `burnrate serve` prints it: `https://host:8443`.'),
    tokenFile: file
      .optional()
      .describe('A file with your token, for you alone. Default: the variable BURNRATE_TOKEN.'),
    ca: file
      .optional()
      .describe(
        "The certificate authority that signed the server's certificate, where it is your own: a PEM file.",
      ),
  })
  .describe("A team's collector, which the command line watches instead of one here.");
export type ServerSettings = z.infer<typeof ServerSettings>;

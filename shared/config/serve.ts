import { z } from 'zod';

const file = z.string().min(1);

/** `serve.otlp`: where the collector's own metrics are sent by OTLP over HTTP, protobuf. */
const OtlpSettings = z.strictObject({
  /**
   * The address of an OpenTelemetry collector; `/v1/metrics` is added where it has no path. Default:
   * what OTEL_EXPORTER_OTLP_METRICS_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT says.
   */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** How often they are sent. */
  intervalSeconds: z.number().int().min(5).max(3600).default(60),
  /** Headers to send, each with the environment variable that holds its value. */
  headers: z
    .record(
      z.string().regex(/^[A-Za-z0-9-]+$/),
      z
        .string()
        .regex(/^[A-Z_][A-Z0-9_]*$/, 'give the name of an environment variable, in capitals'),
    )
    .default({}),
});

/** The `serve` section: how `burnrate serve` lets other machines in. Its options go before these. */
export const ServeSettings = z
  .strictObject({
    /** Address and port: `0.0.0.0:8443`, `[::]:8443`, or a port alone for this machine only. */
    listen: z
      .string()
      .regex(/^(.+:)?\d{1,5}$/, 'give an address and a port, as in 0.0.0.0:8443')
      .default('127.0.0.1:8443'),
    /** The certificate, with what it is signed by after it, and its key: PEM files. Read anew when they change. */
    tls: z.strictObject({ cert: file, key: file }).optional(),
    /** Who may come in: a name, `view` or `stop`, and a token a line. Made where it is not there. */
    tokenFile: file.optional(),
    /** Names by which browsers and faces reach it, beside those in the certificate. */
    hosts: z.array(z.string().min(1)).default([]),
    /** Serves `/metrics` for Prometheus, to whoever has a token. */
    metrics: z.boolean().default(false),
    /** The most jobs that metrics name; what the others cost is summed up as one. */
    metricsJobs: z.number().int().min(1).max(10_000).default(200),
    /** No TLS of its own on other addresses than this machine's: a proxy before it has that. */
    insecureBehindProxy: z.boolean().default(false),
    otlp: OtlpSettings.prefault({}),
  })
  .prefault({});
export type ServeSettings = z.infer<typeof ServeSettings>;

/** The `server` section: a team's collector, which the command line watches instead of one here. */
export const ServerSettings = z.strictObject({
  /** As `burnrate serve` prints it: `https://host:8443`. */
  url: z.url({ protocol: /^https?$/ }),
  /** A file with your token, for you alone. Default: the variable BURNRATE_TOKEN. */
  tokenFile: file.optional(),
  /** The certificate authority that signed the server's certificate, where it is your own: a PEM file. */
  ca: file.optional(),
});
export type ServerSettings = z.infer<typeof ServerSettings>;

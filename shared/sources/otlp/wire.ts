import protobuf from 'protobufjs/light.js';
import { z } from 'zod';

/**
 * The parts of OpenTelemetry's messages that are read here, with the numbers that the official
 * definitions give them; what is not named is skipped. protobufjs without its parser of .proto
 * files: OpenTelemetry's own packages for Node can only write these messages, not read them.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/v1.10.0/opentelemetry/proto/metrics/v1/metrics.proto
 */
const { root } = protobuf.Root.fromJSON({
  nested: {
    Request: { fields: { resourceMetrics: many('ResourceMetrics', 1) } },
    ResourceMetrics: {
      fields: { resource: one('Resource', 1), scopeMetrics: many('ScopeMetrics', 2) },
    },
    Resource: { fields: { attributes: many('KeyValue', 1) } },
    ScopeMetrics: { fields: { metrics: many('Metric', 2) } },
    Metric: {
      fields: {
        name: one('string', 1),
        gauge: one('Points', 5),
        sum: one('Points', 7),
        histogram: one('Histogram', 9),
        exponentialHistogram: one('ExponentialHistogram', 10),
      },
    },
    Points: {
      fields: {
        dataPoints: many('Point', 1),
        aggregationTemporality: one('int32', 2),
        isMonotonic: one('bool', 3),
      },
    },
    Point: {
      oneofs: { value: { oneof: ['asDouble', 'asInt'] } },
      fields: {
        startTimeUnixNano: one('fixed64', 2),
        timeUnixNano: one('fixed64', 3),
        asDouble: one('double', 4),
        asInt: one('sfixed64', 6),
        attributes: many('KeyValue', 7),
        flags: one('uint32', 8),
      },
    },
    Histogram: {
      fields: {
        dataPoints: many('HistogramPoint', 1),
        aggregationTemporality: one('int32', 2),
      },
    },
    HistogramPoint: {
      fields: {
        startTimeUnixNano: one('fixed64', 2),
        timeUnixNano: one('fixed64', 3),
        sum: one('double', 5),
        attributes: many('KeyValue', 9),
        flags: one('uint32', 10),
      },
    },
    ExponentialHistogram: {
      fields: {
        dataPoints: many('ExponentialPoint', 1),
        aggregationTemporality: one('int32', 2),
      },
    },
    ExponentialPoint: {
      fields: {
        attributes: many('KeyValue', 1),
        startTimeUnixNano: one('fixed64', 2),
        timeUnixNano: one('fixed64', 3),
        sum: one('double', 5),
        flags: one('uint32', 10),
      },
    },
    KeyValue: { fields: { key: one('string', 1), value: one('AnyValue', 2) } },
    AnyValue: {
      oneofs: { value: { oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue'] } },
      fields: {
        stringValue: one('string', 1),
        boolValue: one('bool', 2),
        intValue: one('int64', 3),
        doubleValue: one('double', 4),
      },
    },
    Response: { fields: { partialSuccess: one('PartialSuccess', 1) } },
    PartialSuccess: {
      fields: { rejectedDataPoints: one('int64', 1), errorMessage: one('string', 2) },
    },
    /** google.rpc.Status */
    Status: { fields: { code: one('int32', 1), message: one('string', 2) } },
  },
});

function one(type: string, id: number) {
  return { type, id };
}

function many(type: string, id: number) {
  return { rule: 'repeated', type, id };
}

/** Any number at all: one that is none costs its point, and not the message. */
const any = z.custom<number>((value) => typeof value === 'number');
/** In JSON, 64-bit integers are text, and a field without a value may be null. */
const integer = z
  .union([
    any,
    z
      .string()
      .regex(/^-?\d+$/)
      .transform(Number),
  ])
  .nullish();
const double = z.union([any, z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]).nullish();
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

type Value<T> = T | null | undefined;

/** Attributes of a resource or of a point. */
export type Attributes = readonly {
  key: string;
  value?: Value<{
    stringValue?: Value<string>;
    boolValue?: Value<boolean>;
    intValue?: Value<number>;
    doubleValue?: Value<number>;
  }>;
}[];

/** One reading of a metric. */
export interface Point {
  startTimeUnixNano?: Value<number>;
  timeUnixNano?: Value<number>;
  attributes: Attributes;
  asDouble?: Value<number>;
  asInt?: Value<number>;
  /** Of a histogram: the sum of what was measured. */
  sum?: Value<number>;
  flags?: Value<number>;
}

interface Points {
  dataPoints: readonly Point[];
  aggregationTemporality?: Value<number>;
  isMonotonic?: Value<boolean>;
}

export interface Metric {
  name: string;
  gauge?: Value<Points>;
  sum?: Value<Points>;
  histogram?: Value<Points>;
  exponentialHistogram?: Value<Points>;
}

/** What an exporter sends: metrics, by the resource that they are of. */
export interface MetricsRequest {
  resourceMetrics: readonly {
    resource?: Value<{ attributes: Attributes }>;
    scopeMetrics: readonly { metrics: readonly Metric[] }[];
  }[];
}

const attributes = list(
  z.object({
    key: z.string().default(''),
    value: z
      .object({
        stringValue: z.string().nullish(),
        boolValue: z.boolean().nullish(),
        intValue: integer,
        doubleValue: double,
      })
      .nullish(),
  }),
);
const points = z
  .object({
    dataPoints: list(
      z.object({
        startTimeUnixNano: integer,
        timeUnixNano: integer,
        attributes,
        asDouble: double,
        asInt: integer,
        sum: double,
        flags: any.nullish(),
      }),
    ),
    aggregationTemporality: any.nullish(),
    isMonotonic: z.boolean().nullish(),
  })
  .nullish();
const request = z.object({
  resourceMetrics: list(
    z.object({
      resource: z.object({ attributes }).nullish(),
      scopeMetrics: list(
        z.object({
          metrics: list(
            z.object({
              name: z.string().default(''),
              gauge: points,
              sum: points,
              histogram: points,
              exponentialHistogram: points,
            }),
          ),
        }),
      ),
    }),
  ),
});

export type Encoding = 'protobuf' | 'json';

/** Reads what an exporter sent. Throws where it is none of OpenTelemetry's messages. */
export function readRequest(body: Buffer, encoding: Encoding): MetricsRequest {
  if (encoding === 'json') return request.parse(JSON.parse(body.toString('utf8')));
  const type = root.lookupType('Request');
  return request.parse(type.toObject(type.decode(body), { longs: Number }));
}

/** The answer to a request whose message could be read. */
export function writeResponse(
  partial: { rejectedDataPoints: number; errorMessage: string } | undefined,
  encoding: Encoding,
): Buffer {
  const response = partial ? { partialSuccess: partial } : {};
  if (encoding === 'protobuf') return encode('Response', response);
  const { rejectedDataPoints, errorMessage } = partial ?? {};
  return Buffer.from(
    JSON.stringify(
      partial
        ? { partialSuccess: { rejectedDataPoints: String(rejectedDataPoints), errorMessage } }
        : {},
    ),
  );
}

/** The answer to one that could not; the code is one of google.rpc.Code. */
export function writeStatus(status: { code: number; message: string }, encoding: Encoding): Buffer {
  return encoding === 'protobuf' ? encode('Status', status) : Buffer.from(JSON.stringify(status));
}

function encode(name: string, message: object): Buffer {
  return Buffer.from(root.lookupType(name).encode(message).finish());
}

import protobuf from 'protobufjs';

/** OpenTelemetry's own definitions, as far as metrics go, in the language they are written in. */
const PROTO = `
syntax = "proto3";
message Request { repeated ResourceMetrics resource_metrics = 1; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; string schema_url = 3; }
message Scope { string name = 1; string version = 2; }
message Metric {
  string name = 1; string description = 2; string unit = 3;
  oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; }
}
message Gauge { repeated NumberDataPoint data_points = 1; }
message Sum { repeated NumberDataPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message Histogram { repeated HistogramDataPoint data_points = 1; int32 aggregation_temporality = 2; }
message NumberDataPoint {
  repeated KeyValue attributes = 7; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  oneof value { double as_double = 4; sfixed64 as_int = 6; }
  uint32 flags = 8;
}
message HistogramDataPoint {
  repeated KeyValue attributes = 9; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  fixed64 count = 4; optional double sum = 5; repeated fixed64 bucket_counts = 6;
  repeated double explicit_bounds = 7; uint32 flags = 10;
}
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; bytes bytes_value = 7; } }
message Response { PartialSuccess partial_success = 1; }
message PartialSuccess { int64 rejected_data_points = 1; string error_message = 2; }
message Status { int32 code = 1; string message = 2; }
`;

const { root } = protobuf.parse(PROTO);

/** A message of JSON's form in protobuf's. */
export function encode(type: 'Request', message: object): Buffer {
  const found = root.lookupType(type);
  return Buffer.from(found.encode(found.fromObject(message)).finish());
}

export function decode(type: 'Response' | 'Status', bytes: Buffer): Record<string, unknown> {
  const found = root.lookupType(type);
  return found.toObject(found.decode(bytes), { longs: Number });
}

export interface Sent {
  name: string;
  resource?: Record<string, string | number>;
  attributes?: Record<string, string | number>;
  kind?: 'counter' | 'delta' | 'gauge' | 'updown' | 'histogram';
  value: number;
  at: number;
  since?: number;
}

/** A request of one point each, as exporters write them. */
export function requestOf(...sent: Sent[]): object {
  return {
    resourceMetrics: sent.map(({ resource = {}, ...metric }) => ({
      resource: { attributes: attributesOf(resource) },
      scopeMetrics: [{ scope: { name: 'test' }, metrics: [metricOf(metric)] }],
    })),
  };
}

function metricOf({ name, attributes = {}, kind = 'counter', value, at, since }: Sent): object {
  const point = {
    attributes: attributesOf(attributes),
    timeUnixNano: String(at * 1e6),
    ...(since !== undefined && { startTimeUnixNano: String(since * 1e6) }),
  };
  if (kind === 'histogram') {
    const dataPoints = [{ ...point, sum: value, count: '1' }];
    return { name, histogram: { dataPoints, aggregationTemporality: 2 } };
  }
  const dataPoints = [{ ...point, asDouble: value }];
  if (kind === 'gauge') return { name, gauge: { dataPoints } };
  const aggregationTemporality = kind === 'delta' ? 1 : 2;
  return { name, sum: { dataPoints, aggregationTemporality, isMonotonic: kind !== 'updown' } };
}

function attributesOf(values: Record<string, string | number>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}

import { pythonTool } from './python.ts';

/** Emulates AWS, over HTTP. */
export const moto = pythonTool('moto', ['moto[server,ec2]>=5.1,<6']);

/** SkyPilot, with what it needs to reach that. */
export const skypilot = pythonTool('skypilot', ['skypilot==0.14.1', 'boto3>=1.31']);

/** The current engine of ClickHouse, as a library. */
export const chdb = pythonTool('chdb', ['chdb-core==26.9.0', 'chdb==4.4.0']);

/** Reads BigQuery's SQL, and runs it. */
export const bigquery = pythonTool('bigquery', ['sqlglot==30.30.0', 'duckdb==2.0.1']);

/** OpenTelemetry's own SDK; the two exporters want different versions of it. */
export const otlp = {
  protobuf: pythonTool('otlp-protobuf', [
    'opentelemetry-sdk==1.45.2',
    'opentelemetry-exporter-otlp-proto-http==1.45.2',
  ]),
  json: pythonTool('otlp-json', ['opentelemetry-exporter-otlp-json-http==0.66b1']),
};

/** What programs that train write down their steps with. */
export const runLogs = pythonTool('run-logs', [
  'tensorboardX==2.6.5',
  'mlflow-skinny==3.17.2',
  'wandb==0.31.0',
]);

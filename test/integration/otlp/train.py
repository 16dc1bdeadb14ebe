"""A training loop that counts as shared/sources/otlp/README.md shows, in the encoding asked for."""

import sys

encoding, endpoint, job = sys.argv[1:4]

if encoding == "protobuf":
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    exporter = OTLPMetricExporter(endpoint, compression=Compression.Gzip)
else:
    from opentelemetry.exporter.otlp.json.http.metric_exporter import OTLPMetricExporter

    exporter = OTLPMetricExporter(endpoint=endpoint)

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

resource = Resource.create({"burnrate.job": job, "process.pid": 4711, "host.name": "gpu01"})
provider = MeterProvider([PeriodicExportingMetricReader(exporter, 600_000)], resource)
meter = provider.get_meter("train")
steps = meter.create_counter("burnrate.steps")
tokens = meter.create_counter("burnrate.tokens")
used = meter.create_histogram("gen_ai.client.token.usage")
gpu = meter.create_gauge("hw.gpu.utilization")

for done in (10, 25):
    steps.add(done)
    tokens.add(done * 2048, {"rank": 0})
    used.record(done, {"gen_ai.token.type": "output"})
    gpu.set(0.75, {"hw.id": "GPU-1", "hw.type": "gpu"})
    print(provider.force_flush(), flush=True)

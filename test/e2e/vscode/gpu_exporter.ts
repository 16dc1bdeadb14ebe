import { kindOf } from '../../fleet/catalogue.ts';
import { exposition } from '../../fleet/exposition.ts';
import { listen } from '../../fleet/listen.ts';

/** A dcgm-exporter over real HTTP, of a Slurm node whose GPUs do as much as the test says. */
export interface GpuExporter {
  /** For `sources.dcgm.endpoints`. */
  endpoint: string;
  /** Share of the GPUs' time that they work, 0 to 1; 0.92 at first. */
  busy: number;
  /** The Slurm job that holds the GPUs, as dcgm-exporter's job mapping tells it. */
  job: string | undefined;
  close(): void;
}

export async function openGpuExporter(options: {
  hostname: string;
  gpus: number;
}): Promise<GpuExporter> {
  const { hostname, gpus } = options;
  const { gpus: gpu } = kindOf('p4d.24xlarge');
  const server = await listen((_, response) => {
    const readings = Array.from({ length: gpus }, (_, index) => ({
      index,
      gpu,
      uuid: `GPU-00000000-0000-4000-8000-00000000000${index}`,
      busId: `00000000:1${index}:1C.0`,
      active: exporter.busy,
      utilization: exporter.busy,
      memoryUsedMiB: Math.round(gpu.memoryMiB * 0.7),
      watts: 60 + 340 * exporter.busy,
      out: 45e6 * exporter.busy,
      in: 540e6 * exporter.busy,
      energy: 1e9,
    }));
    const labels = `Hostname="${hostname}",${exporter.job ? `hpc_job="${exporter.job}",` : ''}`;
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(exposition(readings, hostname).replaceAll(`Hostname="${hostname}",`, labels));
  });
  const exporter: GpuExporter = {
    endpoint: `${server.url}/metrics`,
    busy: 0.92,
    job: undefined,
    close: () => server.close(),
  };
  return exporter;
}

import { setPriority } from 'node:os';
import { chromiumMissing } from './e2e/chromium.ts';
import { installCodeServer } from './e2e/vscode/code_server.ts';
import { debian as clickHouse } from './integration/clickhouse/server.ts';
import { installApiServer, installKubectl } from './integration/kubernetes/apiserver.ts';
import { daemonMissing } from './integration/notifier/daemon.ts';
import { desktopMissing } from './integration/notifier/session_bus.ts';
import { installNodeExporter, installVictoria } from './integration/prometheus/server.ts';
import { installBuilder } from './integration/serve/image.ts';
import { installMachine } from './integration/serve/machine.ts';
import { installSlurmrestd } from './integration/slurm/slurmrestd.ts';
import { installLogin } from './integration/slurm/sshd.ts';
import { bigquery, chdb, moto, otlp, runLogs, skypilot } from './python_tools.ts';

/** Answers why it cannot be had here, in one line; undefined once it is installed. */
type Install = () => Promise<string | undefined>;

/**
 * What is installed one after the other: of Debian nothing else can be, and more than three at once
 * would only wait for one another. What takes longest comes first.
 */
const LANES: Record<string, Install>[] = [
  {
    Slurm: installSlurmrestd,
    'a login node': installLogin,
    ClickHouse: clickHouse.install,
    Prometheus: installNodeExporter,
    VictoriaMetrics: installVictoria,
    buildah: installBuilder,
    systemd: installMachine,
    kubectl: installKubectl,
    dunst: daemonMissing,
    Chromium: chromiumMissing,
    'a desktop': desktopMissing,
  },
  {
    moto: moto.install,
    SkyPilot: skypilot.install,
    chdb: chdb.install,
    BigQuery: bigquery.install,
    'OpenTelemetry (protobuf)': otlp.protobuf.install,
    'OpenTelemetry (JSON)': otlp.json.install,
    'logs of runs': runLogs.install,
  },
  { 'an API server of Kubernetes': installApiServer, 'code-server': installCodeServer },
];

/**
 * Installs all that tests of real servers, browsers and editors need: `node test/prepare.ts`. Each of
 * them would see to its own, too; `.ci/run` does it while it runs what needs none of that, and so it
 * gives way to whatever runs beside it. What cannot be had is told, and is for its test to judge.
 */
async function prepare(lane: Record<string, Install>): Promise<void> {
  for (const [name, install] of Object.entries(lane)) {
    const began = performance.now();
    const why = await install().catch(String);
    console.log(`${name}: ${why ?? `${((performance.now() - began) / 1000).toFixed(1)} s`}`);
  }
}

// A third of what others get: with less, what comes next would find nothing installed.
setPriority(5);
await Promise.all(LANES.map(prepare));

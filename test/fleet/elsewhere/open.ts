import type { Clock } from '../clock.ts';
import type { Listening } from '../listen.ts';
import { chance, seedOf } from '../noise.ts';
import type { Scenario } from '../scenario.ts';
import { openAzure } from './azure.ts';
import { type Running, run } from './cluster.ts';
import { openGcp } from './gcp.ts';
import { openKubernetes } from './kubernetes.ts';
import { openLambda, type Rental } from './lambda.ts';
import { openRunPod } from './runpod.ts';
import { openSkypilot } from './skypilot.ts';
import { openSlurmrestd } from './slurmrestd.ts';
import { Tenure } from './tenure.ts';
import { openVast } from './vast.ts';

/** What runs elsewhere than in the simulated AWS, by the name of the source that reads it. */
export interface Elsewhere {
  servers: Record<string, Listening>;
  tenures: Tenure[];
}

/** Opens a service for each system of which the scenario has something. */
export async function openElsewhere(scenario: Scenario, clock: Clock): Promise<Elsewhere> {
  const rentals = scenario.rented.map(
    (machine): Rental => ({
      id: idOf(seedOf(scenario.seed, machine.name)),
      machine,
      tenure: new Tenure(machine.provider, clock, { ...machine, begins: machine.launched }),
    }),
  );
  const clusters = scenario.clusters.map((cluster) => run(cluster, clock));
  const of = (provider: string) => rentals.filter(({ machine }) => machine.provider === provider);
  const by = (scheduler: string) => clusters.find(({ cluster }) => cluster.scheduler === scheduler);
  const open = async (name: string, opening: Promise<Listening> | undefined) =>
    opening ? [[name, await opening] as const] : [];
  const opened = await Promise.all([
    open('gcp', of('gcp').length > 0 ? openGcp(of('gcp')) : undefined),
    open('azure', of('azure').length > 0 ? openAzure(of('azure')) : undefined),
    open('lambda', of('lambda').length > 0 ? openLambda(of('lambda')) : undefined),
    open('runpod', of('runpod').length > 0 ? openRunPod(of('runpod'), clock) : undefined),
    open('vast', of('vast').length > 0 ? openVast(of('vast'), clock) : undefined),
    open('skypilot', of('skypilot').length > 0 ? openSkypilot(of('skypilot'), clock) : undefined),
    open('slurm', opening(by('slurm'), openSlurmrestd)),
    open('kubernetes', opening(by('kubernetes'), openKubernetes)),
  ]);
  return {
    servers: Object.fromEntries(opened.flat()),
    tenures: [
      ...rentals.map(({ tenure }) => tenure),
      ...clusters.flatMap(({ jobs }) => jobs.map(({ tenure }) => tenure)),
    ],
  };
}

function opening(
  running: Running | undefined,
  open: (running: Running) => Promise<Listening>,
): Promise<Listening> | undefined {
  return running && open(running);
}

/** Of letters and digits, as these providers make them. */
function idOf(seed: number): string {
  return Array.from({ length: 14 }, (_, index) =>
    Math.floor(chance(seed, 9, index) * 36).toString(36),
  ).join('');
}

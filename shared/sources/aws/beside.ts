import type { Job } from '../../model/job.ts';
import type { Node } from '../../model/node.ts';
import type { StopPlan } from '../../model/stop.ts';
import { check } from '../check.ts';
import { type Check, SourceError } from '../source.ts';
import type { Api } from './api.ts';

/**
 * At every which observation a service is read where it has no jobs, in the profile's own region:
 * most accounts use none. Its first job is so seen within three minutes, about as long as SageMaker
 * takes to start one; the instances that Batch starts are EC2's, and seen within one.
 */
export const QUIET_SERVICE_EVERY = 3;

/** A service beside EC2 that runs jobs, on machines of its own or on instances of EC2. */
export interface JobService {
  /** As people call it, and what its jobs' native ids begin with. */
  readonly title: string;
  readonly prefix: string;
  /** Reads the regions that are due. Rejects with a SourceError where none could be read. */
  refresh(signal: AbortSignal): Promise<ServiceReading>;
  /** Tries one call that reading needs; says what it may do. */
  diagnose(signal: AbortSignal): Promise<string>;
  planStop(job: Job, signal: AbortSignal): Promise<StopPlan>;
  stop(job: Job, plan: StopPlan, signal: AbortSignal): Promise<void>;
}

export interface ServiceReading {
  nodes: Node[];
  jobs: Job[];
  failures: SourceError[];
}

/** The services beside EC2, read together. */
export interface Beside {
  /** Never rejects: what cannot be read is among the failures. */
  refresh(signal: AbortSignal): Promise<ServiceReading>;
  diagnose(signal: AbortSignal): Promise<Check[]>;
  /** The service that a job belongs to; undefined where it is EC2's own. */
  of(job: Pick<Job, 'nativeId'>): JobService | undefined;
}

/**
 * Who may not list the jobs of a service has hardly launched any there: that is said by the
 * doctor, and not every minute. Once jobs have been seen it is a failure as any other.
 */
export function besideOf(api: Api, services: readonly JobService[]): Beside {
  const used = new Set<JobService>();

  async function read(service: JobService, signal: AbortSignal): Promise<ServiceReading> {
    let reading: ServiceReading;
    try {
      reading = await service.refresh(signal);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      reading = { nodes: [], jobs: [], failures: [error] };
    }
    if (reading.jobs.length > 0) used.add(service);
    const telling = reading.failures.filter(({ kind }) => kind !== 'denied' || used.has(service));
    return { ...reading, failures: telling };
  }

  return {
    async refresh(signal) {
      const readings = await Promise.all(services.map((service) => read(service, signal)));
      return {
        nodes: readings.flatMap(({ nodes }) => nodes),
        jobs: readings.flatMap(({ jobs }) => jobs),
        failures: readings.flatMap(({ failures }) => failures),
      };
    },
    diagnose: (signal) =>
      Promise.all(
        services.map(async (service): Promise<Check> => {
          const line = await check('jobs', api.account.name, () => service.diagnose(signal));
          if (line.ok) return line;
          return {
            ...line,
            remedy: `${line.remedy} Or, if you do not use ${service.title}, leave it out under sources.aws.services.`,
          };
        }),
      ),
    of: ({ nativeId }) => services.find(({ prefix }) => nativeId.startsWith(prefix)),
  };
}

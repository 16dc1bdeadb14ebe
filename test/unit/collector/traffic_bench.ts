import { TrafficMeter } from '@burnrate/shared/collector/traffic.ts';
import { identify } from '@burnrate/shared/metering/identity.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { HOUR, type Instant, MINUTE } from '@burnrate/shared/model/time.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import { onTestFinished } from 'vitest';
import { jobOf, nodeOf } from '../metering/given.ts';
import { Place } from '../store/place.ts';

/** In the middle of a month and a day, wherever this runs. */
export const START: Instant = Date.UTC(2026, 10, 12, 12);
export const GB = 1e9;
/** The dollars a byte that AWS asks after the first hundred GiB. */
export const PRICE = 0.09 / 2 ** 30;

export const PRICED = {
  provider: 'aws',
  instanceType: 'p4d.24xlarge',
  region: 'us-east-1',
  market: 'on-demand',
} as const;
export const MACHINE = nodeOf({ id: 'aws:dev:i-1', priceKey: PRICED });
export const JOB = jobOf({ startedAt: START - HOUR, shares: [{ node: MACHINE.id }] });

/** A meter over a store, that is told of traffic as the collector is. */
export class Bench {
  readonly nodes: readonly Node[];
  readonly jobs: readonly Job[];
  readonly store: Store;
  meter: TrafficMeter;
  now = START;

  constructor(nodes: readonly Node[] = [MACHINE], jobs: readonly Job[] = [JOB]) {
    this.nodes = nodes;
    this.jobs = jobs;
    const place = new Place();
    onTestFinished(() => place[Symbol.dispose]());
    this.store = place.open().store;
    this.store.saveNodes(nodes, START);
    this.store.saveJobs(jobs, START);
    this.meter = this.restarted();
  }

  restarted(): TrafficMeter {
    const meter = new TrafficMeter(this.store);
    meter.restore(this.now, this.jobs);
    return meter;
  }

  /** A minute in which a node's counter comes to so much. */
  minute(sentSoFar: number, node: Node = MACHINE): void {
    this.meter.take('dcgm:e', node.id, {
      at: this.now,
      node: node.id,
      device: 'eth0',
      sent: sentSoFar,
    });
    this.tick();
  }

  tick(): void {
    this.store.tick(() => {
      this.meter.meter(this.now, identify(this.nodes), this.jobs);
      this.meter.store();
    });
    this.meter.kept(this.now, new Set(this.jobs.map(({ id }) => id)));
    this.now += MINUTE;
  }

  egress(job: Job = JOB) {
    return this.meter.viewOf(job.id).egress;
  }
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Demo, type DemoOptions, startDemo } from '@burnrate/shared/cli/demo.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { type CollectorConnection, connectCollector } from '@burnrate/shared/protocol/client.ts';
import type { Account } from '../../fleet/account.ts';
import type { ScenarioInput } from '../../fleet/scenario.ts';
import { programFile } from '../../programs.ts';

const COLLECTOR = programFile('collector');
/** Machines under test are busy: whatever is waited for may take this long. Real time. */
const PATIENCE_MS = 90_000;

/** The demo's fleet with a real collector over the real sources, and one face that watches. */
export class Watch {
  readonly demo: Demo;
  readonly link: CollectorConnection;
  /** Every snapshot since the connection. */
  readonly seen: Snapshot[] = [];

  private constructor(demo: Demo, link: CollectorConnection) {
    this.demo = demo;
    this.link = link;
    link.onSnapshot((snapshot) => this.seen.push(snapshot));
  }

  /** `prepare` may change what the collector will find, before it is started. */
  static async begin(
    options: DemoOptions,
    prepare: (demo: Demo) => unknown = () => {},
  ): Promise<Watch> {
    const demo = await startDemo(options);
    try {
      await prepare(demo);
      return new Watch(demo, await Watch.#connect(demo));
    } catch (error) {
      await demo.stop();
      throw error;
    }
  }

  /** As another face would connect. */
  static #connect(demo: Demo): Promise<CollectorConnection> {
    return connectCollector({
      hello: { face: 'cli', version: '0.1.0', notifies: true },
      paths: demo.paths,
      launch: { command: process.execPath, args: [COLLECTOR], env: demo.env },
      requestDeadlineMs: PATIENCE_MS,
    });
  }

  connectAnother(): Promise<CollectorConnection> {
    return Watch.#connect(this.demo);
  }

  /** The first snapshot, of those to come, of which the condition holds. */
  until(what: string, condition: (snapshot: Snapshot) => unknown): Promise<Snapshot> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`waited in vain for: ${what}; last was ${summary(this.seen.at(-1))}`));
      }, PATIENCE_MS);
      let stop = () => {};
      stop = this.link.onSnapshot((snapshot) => {
        if (!condition(snapshot)) return;
        clearTimeout(timer);
        queueMicrotask(() => stop());
        resolve(snapshot);
      });
    });
  }

  /** What really happened, by the fleet's own account. */
  async account(at?: number): Promise<Account> {
    const { account } = this.demo.fleet;
    const answer = await fetch(at === undefined ? account : `${account}?at=${at}`);
    return (await answer.json()) as Account;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.link.close();
    await this.demo.stop();
  }
}

/** Writes a scenario where the fleet's process can read it. */
export function scenarioFile(folder: string, scenario: ScenarioInput): string {
  const file = join(folder, 'scenario.json');
  writeFileSync(file, JSON.stringify(scenario));
  return file;
}

export function jobNamed(snapshot: Snapshot, name: string) {
  const job = snapshot.jobs.find((one) => one.name === name);
  if (!job) throw new Error(`no job ${name} among ${snapshot.jobs.map((one) => one.name)}`);
  return job;
}

function summary(snapshot: Snapshot | undefined): string {
  if (!snapshot) return 'nothing';
  const { jobs, accounts, alerts, stops, notices } = snapshot;
  return JSON.stringify({
    jobs: jobs.map(({ name, state, rate, activity }) => [name, state, rate.micros, activity]),
    accounts: accounts.map(({ id, state, failure }) => [id, state, failure?.message]),
    alerts: alerts.map(({ title, state }) => [title, state]),
    stops: stops.map(({ jobName, state, error }) => [jobName, state, error]),
    notices,
  });
}

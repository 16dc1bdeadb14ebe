import type { Snapshot } from '../model/snapshot.ts';

type Notice = Snapshot['notices'][number];

/** Things that every face must say, by what they are about: each topic replaces its own. */
export class Notices {
  readonly #byTopic = new Map<string, Notice[]>();

  set(topic: string, notices: readonly Omit<Notice, 'id'>[]): void {
    this.#byTopic.set(
      topic,
      notices.map(({ severity, message }, index) => ({
        id: `${topic}:${index}`,
        severity,
        message,
      })),
    );
  }

  all(): Notice[] {
    return [...this.#byTopic.values()].flat();
  }
}

import type { Sample } from '../model/sample.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '../model/time.ts';

/** So much fresher must the readings of another account be before they count instead. */
const TAKES_OVER_MS = 10 * SECOND;

/** Who has been silent for so long no longer tells of a machine. */
const SILENT_MS = 5 * MINUTE;

/**
 * Who tells of a GPU. An exporter may be asked directly, and a Prometheus may have scraped the same
 * one: two accounts show one GPU, and two readings of it would look like two GPUs to whoever adds
 * up. The readings of one account count for each GPU: the first one's, until another's are clearly
 * fresher, be it that they come more often or that the first has fallen silent.
 */
export class Witnesses {
  readonly #byGpu = new Map<string, { account: string; place: string; at: Instant }>();

  /** The readings that count. `place`: the one name of the machine that a reading is of. */
  heard(account: string, samples: readonly Sample[], place: (sample: Sample) => string): Sample[] {
    return samples.filter((sample) => {
      const where = place(sample);
      const gpu = `${where} ${sample.gpu}`;
      const witness = this.#byGpu.get(gpu);
      if (witness && witness.account !== account && sample.at < witness.at + TAKES_OVER_MS)
        return false;
      if (witness?.account === account && witness.place === where)
        witness.at = Math.max(witness.at, sample.at);
      else this.#byGpu.set(gpu, { account, place: where, at: sample.at });
      return true;
    });
  }

  /** The machines that other accounts tell of. */
  toldByOthers(account: string, now: Instant): Set<string> {
    const places = new Set<string>();
    for (const witness of this.#byGpu.values()) {
      if (witness.account !== account && witness.at > now - SILENT_MS) places.add(witness.place);
    }
    return places;
  }

  forget(now: Instant): void {
    for (const [gpu, { at }] of this.#byGpu) if (at < now - HOUR) this.#byGpu.delete(gpu);
  }
}

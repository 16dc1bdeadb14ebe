import { SourceError, type Surroundings } from '../source.ts';
import { amdSmi, rocmSmi } from './amd.ts';
import { asker, type Gpu, type GpuTool, NotInstalled, type Use } from './gpu_tool.ts';
import { nvidiaSmi } from './nvidia.ts';

/** A maker's GPUs here; where it has two tools, the first one that is installed shows them. */
type Maker = readonly GpuTool[];

/** What the tools showed. */
export interface Reading {
  gpus: Gpu[];
  uses: Use[];
  failures: SourceError[];
}

/** The GPUs of this machine, by whichever tools show them. */
export class Gpus {
  readonly #makers: readonly Maker[];
  /** How many each had when it last answered: the others keep their numbers while it does not. */
  readonly #counts = new Map<Maker, number>();
  readonly #account: string;
  readonly #surroundings: Pick<Surroundings, 'run'>;

  constructor(account: string, surroundings: Pick<Surroundings, 'run'>) {
    this.#makers = [[nvidiaSmi(account)], [rocmSmi(account), amdSmi(account)]];
    this.#account = account;
    this.#surroundings = surroundings;
  }

  /** All GPUs, and what each tool had to say, a line a tool. Each maker's has its own time. */
  async look(
    withinMs: number,
  ): Promise<{ gpus: Gpu[]; looked: string[]; failures: SourceError[] }> {
    const gpus: Gpu[] = [];
    const looked: string[] = [];
    const failures: SourceError[] = [];
    for (const maker of this.#makers) {
      const signal = AbortSignal.timeout(withinMs);
      try {
        const found = await this.#read(maker, signal, (line) => looked.push(line));
        gpus.push(...(found?.gpus ?? []));
      } catch (error) {
        const failure = signal.aborted ? this.#noAnswer(maker) : error;
        if (!(failure instanceof SourceError)) throw failure;
        failures.push(failure);
        looked.push(failure.message);
      }
    }
    return { gpus, looked, failures };
  }

  /**
   * The GPUs and, unless told otherwise, the processes on them. Rejects where nothing could be
   * read; what a tool failed to say while another did is in `failures`.
   */
  async read(signal: AbortSignal, withUses = true): Promise<Reading> {
    const all: Reading = { gpus: [], uses: [], failures: [] };
    const looked: string[] = [];
    let first = 0;
    for (const maker of this.#makers) {
      try {
        const found = await this.#read(maker, signal, (line) => looked.push(line));
        this.#counts.set(maker, found?.gpus.length ?? 0);
        all.gpus.push(...countedFrom(first, found?.gpus ?? []));
        const uses = found && withUses ? await found.tool.readUses(found.ask, found.gpus) : [];
        all.uses.push(...uses.map(({ pid, gpu }) => ({ pid, gpu: gpu + first })));
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        all.failures.push(error);
      }
      first += this.#counts.get(maker) ?? 0;
    }
    if (all.gpus.length > 0) return all;
    throw (
      all.failures[0] ??
      new SourceError('not-configured', {
        account: this.#account,
        message: `no GPU is here any more: ${looked.join('; ')}`,
        remedy:
          'Install the driver and tools of the GPU, or set sources.local.enabled: false in burnrate.yaml.',
      })
    );
  }

  #noAnswer(maker: Maker): SourceError {
    return new SourceError('unreachable', {
      account: this.#account,
      message: `${maker.map(({ name }) => name).join(', ')}: no answer`,
      remedy: 'The driver may hang: see dmesg, and restart this machine.',
    });
  }

  async #read(maker: Maker, signal: AbortSignal, say: (line: string) => void) {
    for (const tool of maker) {
      const ask = asker(tool, this.#account, this.#surroundings, signal);
      try {
        const gpus = await tool.readGpus(ask);
        say(`${tool.name}: ${gpus.length === 1 ? '1 GPU' : `${gpus.length} GPUs`}`);
        return { tool, ask, gpus };
      } catch (error) {
        if (!(error instanceof NotInstalled)) throw error;
        say(error.message);
      }
    }
    return undefined;
  }
}

/** A second maker's GPUs are counted on from the first one's. */
function countedFrom(first: number, gpus: readonly Gpu[]): Gpu[] {
  return gpus.map((gpu) => ({ ...gpu, index: gpu.index + first }));
}

import { SourceError, type Surroundings } from '../source.ts';
import { amdSmi, rocmSmi } from './amd.ts';
import { asker, type Gpu, type GpuTool, NotInstalled, type Use } from './gpu_tool.ts';
import { nvidiaSmi } from './nvidia.ts';

/** A maker's GPUs here; where it has two tools, the first one that is installed shows them. */
type Maker = readonly GpuTool[];

/** The GPUs of this machine, by whichever tools show them. */
export class Gpus {
  readonly #makers: readonly Maker[];
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
        gpus.push(...after(gpus, found?.gpus ?? []));
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
   * The GPUs and, unless told otherwise, the processes on them. Rejects where a tool is there and
   * fails, or where there is no GPU.
   */
  async read(signal: AbortSignal, withUses = true): Promise<{ gpus: Gpu[]; uses: Use[] }> {
    const all: { gpus: Gpu[]; uses: Use[] } = { gpus: [], uses: [] };
    const looked: string[] = [];
    for (const maker of this.#makers) {
      const found = await this.#read(maker, signal, (line) => looked.push(line));
      if (!found || found.gpus.length === 0) continue;
      const uses = withUses ? await found.tool.readUses(found.ask, found.gpus) : [];
      const shift = all.gpus.length;
      all.gpus.push(...after(all.gpus, found.gpus));
      all.uses.push(...uses.map(({ pid, gpu }) => ({ pid, gpu: gpu + shift })));
    }
    if (all.gpus.length === 0)
      throw new SourceError('not-configured', {
        account: this.#account,
        message: `no GPU is here any more: ${looked.join('; ')}`,
        remedy:
          'Install the driver and tools of the GPU, or set sources.local.enabled: false in burnrate.yaml.',
      });
    return all;
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
function after(before: readonly Gpu[], gpus: readonly Gpu[]): Gpu[] {
  return gpus.map((gpu) => ({ ...gpu, index: gpu.index + before.length }));
}

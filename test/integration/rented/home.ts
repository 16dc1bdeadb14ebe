import { programFile } from '../../programs.ts';
import { Home } from '../../unit/collector/live.ts';
import { type Handler, type Service, startService } from '../../unit/sources/service.ts';

const MAIN = programFile('collector');

/** A real collector over providers, each a server of the shape that is documented. */
export class Rented extends Home {
  readonly #services: Service[] = [];

  async serve(handler: Handler): Promise<string> {
    const service = await startService(handler);
    this.#services.push(service);
    return service.url;
  }

  open() {
    return this.connect({
      launch: { command: process.execPath, args: [MAIN], env: { ...process.env, ...this.env } },
    });
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await Promise.all(this.#services.map((service) => service.close()));
  }
}

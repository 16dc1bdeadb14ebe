import { unlessGone } from '../rental_stop.ts';
import type { Api } from './api.ts';
import { factsOf, type TypeFacts } from './offer.ts';
import { MachineType, MachineTypePage } from './wire.ts';

const FIELDS = 'name,guestCpus,memoryMb,accelerators,bundledLocalSsds';

/** The facts of machine types. They never change, so each is asked for once. */
export interface MachineTypes {
  /** Reads those not known yet. Rejects with a SourceError. */
  learn(
    types: Iterable<{ zone?: string | undefined; type: string }>,
    signal: AbortSignal,
  ): Promise<void>;
  get(type: string): TypeFacts | undefined;
}

export function machineTypesOf(api: Api): MachineTypes {
  const known = new Map<string, TypeFacts>();

  async function read(type: string, zone: string | undefined, signal: AbortSignal): Promise<void> {
    const { project } = api;
    if (zone) {
      const path = `/projects/${project}/zones/${zone}/machineTypes/${type}?fields=${FIELDS}`;
      const call = { path, schema: MachineType, signal };
      // One that is no longer sold is not described any more: its machines still run.
      const found = await unlessGone(api.ask('compute', call));
      if (found) known.set(type, factsOf(found));
      return;
    }
    // Of a Vertex AI job the region alone is known; a type is the same wherever it is.
    const filter = encodeURIComponent(`name=${type}`);
    const path = `/projects/${project}/aggregated/machineTypes?filter=${filter}&returnPartialSuccess=true&fields=nextPageToken,items/*/machineTypes(${FIELDS})`;
    for await (const { items } of api.pages('compute', path, MachineTypePage, signal)) {
      const found = Object.values(items).flatMap(({ machineTypes }) => machineTypes);
      const same = found.find(({ name }) => name === type);
      if (same) {
        known.set(type, factsOf(same));
        return;
      }
    }
  }

  return {
    get: (type) => known.get(type),
    async learn(types, signal) {
      const missing = new Map([...types].map(({ type, zone }) => [type, zone]));
      for (const [type, zone] of missing) if (!known.has(type)) await read(type, zone, signal);
    },
  };
}

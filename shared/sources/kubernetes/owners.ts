import { type Instant, MINUTE } from '../../model/time.ts';
import { SourceError } from '../source.ts';
import type { Api } from './api.ts';
import { type Kind, kindOf, pathOf, resourceOf } from './kinds.ts';
import { type Meta, MetaObject, type OwnerRef } from './objects.ts';

/** What was launched: the object at the top of a pod's owners, or the pod itself. */
export interface Top {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  uid: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

type Owned = Pick<
  Meta,
  'name' | 'namespace' | 'uid' | 'labels' | 'annotations' | 'ownerReferences'
>;

/** Labels change, owners do not. */
const FRESH_MS = 10 * MINUTE;
/** Service, set of replicas, job, pod: real chains are shorter. */
const DEEPEST = 8;

interface Known {
  meta: Promise<Meta | SourceError | undefined>;
  readAt: Instant;
}

/**
 * Follows pods to what owns them. An owner is read once, and again after ten minutes; where it may
 * not be read, or is of a kind that is not known here, it is the top as far as anybody can tell.
 */
export class Owners {
  readonly #api: Api;
  readonly #now: () => Instant;
  #known = new Map<string, Known>();
  #used = new Map<string, Known>();
  readonly #failures = new Map<string, SourceError>();

  constructor(api: Api, now: () => Instant) {
    this.#api = api;
    this.#now = now;
  }

  /** What owners could not be read since the last call, one failure a kind. Others are forgotten. */
  settle(): SourceError[] {
    this.#known = this.#used;
    this.#used = new Map();
    const failures = [...this.#failures.values()];
    this.#failures.clear();
    return failures;
  }

  /** Everything is read anew. */
  forget(): void {
    this.#known.clear();
    this.#used.clear();
  }

  async topOf(
    object: Owned,
    self: Pick<OwnerRef, 'apiVersion' | 'kind'>,
    signal: AbortSignal,
  ): Promise<Top> {
    const namespace = object.namespace ?? '';
    let top: Top = { ...self, ...identityOf(object), namespace };
    let owned: Owned = object;
    for (let depth = 0; depth < DEEPEST; depth += 1) {
      const ref = owned.ownerReferences.find(({ controller }) => controller);
      // A node owns what its own kubelet runs.
      if (!ref || ref.kind === 'Node') break;
      const kind = kindOf(ref);
      if (kind?.repeats) break;
      const { apiVersion, kind: kindName, name, uid } = ref;
      const meta = kind && (await this.#read(ref, kind, namespace, signal));
      top = { apiVersion, kind: kindName, namespace, name, uid, ...wordsOf(meta) };
      if (!meta) break;
      owned = meta;
    }
    return top;
  }

  async #read(
    ref: OwnerRef,
    kind: Kind,
    namespace: string,
    signal: AbortSignal,
  ): Promise<Meta | undefined> {
    const now = this.#now();
    const before = this.#used.get(ref.uid) ?? this.#known.get(ref.uid);
    const known =
      before && now - before.readAt < FRESH_MS
        ? before
        : { meta: this.#ask(ref, kind, namespace, signal), readAt: now };
    this.#used.set(ref.uid, known);
    try {
      const meta = await known.meta;
      if (!(meta instanceof SourceError)) return meta;
      this.#failures.set(resourceOf(kind), meta);
      return undefined;
    } catch (error) {
      if (this.#used.get(ref.uid) === known) this.#used.delete(ref.uid);
      throw error;
    }
  }

  /** Undefined where it is gone. That it may not be read is an answer, too; other failures reject. */
  async #ask(
    ref: OwnerRef,
    kind: Kind,
    namespace: string,
    signal: AbortSignal,
  ): Promise<Meta | SourceError | undefined> {
    const order = {
      verb: 'get',
      resource: resourceOf(kind),
      path: pathOf({ apiVersion: ref.apiVersion, plural: kind.plural }, namespace, ref.name),
      namespace,
      name: ref.name,
      metadataOnly: true,
    };
    try {
      const object = await this.#api.find(order, MetaObject, signal);
      return object?.metadata.uid === ref.uid ? object.metadata : undefined;
    } catch (error) {
      if (error instanceof SourceError && error.kind === 'denied') return error;
      throw error;
    }
  }
}

function identityOf({ name, uid, labels, annotations }: Owned) {
  return { name, uid, labels, annotations };
}

function wordsOf(meta: Meta | undefined) {
  return { labels: meta?.labels ?? {}, annotations: meta?.annotations ?? {} };
}

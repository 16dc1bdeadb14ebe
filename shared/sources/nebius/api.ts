import { join } from 'node:path';
import { z } from 'zod';
import type { Account, FailureKind } from '../../model/account.ts';
import { oneLine } from '../../model/text.ts';
import { SECOND } from '../../model/time.ts';
import { NotFound } from '../rest.ts';
import { SourceError, type Surroundings } from '../source.ts';
import type { Settings } from './index.ts';

/** https://github.com/nebius/api/blob/main/nebius/compute/v1/instance.proto */
export const Instance = z.object({
  metadata: z.object({
    id: z.string().min(1),
    parent_id: z.string(),
    name: z.string().nullish(),
    created_at: z.string().nullish(),
    labels: z.record(z.string(), z.string()).nullish(),
  }),
  spec: z.object({
    resources: z.object({ platform: z.string(), preset: z.string() }),
    preemptible: z.object({}).nullish(),
    hostname: z.string().nullish(),

    secondary_disks: z.array(z.unknown()).nullish(),
    filesystems: z.array(z.unknown()).nullish(),
    local_disks: z.object({}).nullish(),
  }),
  status: z
    .object({
      /** CREATING, UPDATING, STARTING, RUNNING, STOPPING, STOPPED, DELETING or ERROR. */
      state: z.string().nullish(),
      reservation_id: z.string().nullish(),
      network_interfaces: z
        .array(
          z.object({
            ip_address: z.object({ address: z.string().nullish() }).nullish(),
            public_ip_address: z.object({ address: z.string().nullish() }).nullish(),
            fqdn: z.string().nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});
export type Instance = z.infer<typeof Instance>;

const List = z.object({ items: z.array(Instance).nullish() });

/** The tool may wait for a person to sign in. */
const ENDS_AFTER_MS = 35 * SECOND;

export interface Api {
  list(signal: AbortSignal): Promise<Instance[]>;
  /** Rejects with a NotFound where it is gone. */
  get(id: string, signal: AbortSignal): Promise<Instance>;
  stop(id: string, signal: AbortSignal): Promise<void>;
}

/** The calls of the `nebius` tool that Burnrate makes. https://docs.nebius.com/compute/virtual-machines */
export function openApi(account: Account, surroundings: Surroundings, settings: Settings): Api {
  const { profile } = z.object({ profile: z.string().optional() }).parse(account.options);
  const failed = (failure: Failing, Kind: typeof SourceError = SourceError) =>
    new Kind(failure.kind, { account: account.id, ...failure });

  async function run(verb: string, args: readonly string[], signal: AbortSignal): Promise<string> {
    const all = ['compute', 'instance', verb, ...args, '--format', 'json'];
    if (profile) all.push('--profile', profile);
    const start = (program: string) =>
      surroundings.run(program, all, { signal, endAfterMs: ENDS_AFTER_MS });
    const { code, stdout, stderr } = await start('nebius')
      .catch((error: NodeJS.ErrnoException) => {
        // Its installer puts it there; what a desktop starts has no shell's PATH.
        if (error.code === 'ENOENT') return start(join(surroundings.homedir, '.nebius/bin/nebius'));
        throw error;
      })
      .catch((error: NodeJS.ErrnoException) => {
        throw failed(notStarted(error, signal));
      });
    if (code === 0) return stdout;
    const failure = failureOf(verb, code, stderr);
    throw failed(failure, failure.gone ? NotFound : SourceError);
  }

  function parsed<T>(verb: string, schema: z.ZodType<T>, text: string): T {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // The parser's message quotes the answer.
      throw failed({ ...CHANGED, message: `nebius compute instance ${verb}: it prints no JSON` });
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const field = issue?.path.map(String).join('.') || 'the answer';
    const message = `nebius compute instance ${verb}: ${field} is not as documented: ${issue?.message}`;
    throw failed({ ...CHANGED, message });
  }

  async function inProject(project: string | undefined, signal: AbortSignal) {
    const args = ['--all', ...(project ? ['--parent-id', project] : [])];
    return parsed('list', List, await run('list', args, signal)).items ?? [];
  }

  return {
    async list(signal) {
      const projects = settings.projects ?? [undefined];
      const lists = await Promise.all(projects.map((project) => inProject(project, signal)));
      return lists.flat();
    },
    get: async (id, signal) => parsed('get', Instance, await run('get', ['--id', id], signal)),
    async stop(id, signal) {
      await run('stop', ['--id', id], signal);
    },
  };
}

interface Failing {
  kind: FailureKind;
  message: string;
  remedy: string;
}

const CHANGED: Omit<Failing, 'message'> = {
  kind: 'malformed',
  remedy: 'Update Burnrate and the nebius tool; if it stays, report this message.',
};

function notStarted(error: NodeJS.ErrnoException, signal: AbortSignal): Failing {
  if (error.code === 'ENOENT')
    return {
      kind: 'not-configured',
      message: 'The nebius tool is not installed, or not on the PATH of Burnrate',
      remedy: 'Install it by https://docs.nebius.com/cli/install.',
    };
  return {
    kind: 'unreachable',
    message: signal.aborted
      ? 'nebius: no answer in time'
      : `nebius could not be started (${error.code ?? error.message})`,
    remedy: 'Burnrate tries again by itself. See whether `nebius compute instance list` works.',
  };
}

/** gRPC's own words for what went wrong, which the tool prints. https://grpc.io/docs/guides/status-codes */
const KINDS: readonly [RegExp, FailureKind][] = [
  [/Unauthenticated|PermissionDenied/i, 'denied'],
  [/ResourceExhausted|too many requests/i, 'throttled'],
  [
    /Unavailable|DeadlineExceeded|Internal\b|no such host|connection refused|timeout/i,
    'unreachable',
  ],
];

function failureOf(verb: string, code: number, stderr: string): Failing & { gone: boolean } {
  const words = oneLine(stderr, 300) || (code === -1 ? 'no answer in time' : `exit code ${code}`);
  const kind =
    code === -1 ? 'unreachable' : (KINDS.find(([word]) => word.test(stderr))?.[1] ?? 'malformed');
  return {
    kind,
    gone: /NotFound/i.test(stderr),
    message: `nebius compute instance ${verb}: ${words}`,
    remedy:
      kind === 'denied'
        ? 'Sign in by `nebius profile create`, or add the profile’s account to a group with the viewer role, and editor to stop.'
        : 'Burnrate tries again by itself. See whether `nebius compute instance list` works.',
  };
}

import type { AgentOptions } from 'node:https';
import { z } from 'zod';
import { NotFound, RestClient } from '../rest.ts';
import { SourceError, type Surroundings } from '../source.ts';
import type { Controller, Order } from './controller.ts';
import { toEntry } from './queue_json.ts';
import { isUp, Jobs, machinesOf, Nodes, Partitions, Pings, partitionsOf } from './rest_shapes.ts';
import type { ClusterSettings, Rest } from './settings.ts';
import { quoted } from './shell.ts';
import { tokenOf } from './token.ts';

/** By release: 25.11, 25.05, 24.11, 24.05, 23.11, 23.02, 22.05. */
const VERSIONS = [44, 43, 42, 41, 40, 39, 38].map((number) => `v0.0.${number}`);

/** What it answers to a cancellation, or says of one that came too late. */
const Done = z.looseObject({}).optional();
const TOO_LATE = /already complet|Invalid job id/i;

/** 22.05 does not tell a controller that is down from one that does not take the token. */
const NOT_ANSWERING =
  'See whether the controller answers: scontrol ping. If it does, it may not take the token: make another (scontrol token). Burnrate tries again by itself.';

/** A cluster by its slurmrestd, over HTTP or a unix socket. */
export function restController(
  account: string,
  surroundings: Surroundings,
  settings: ClusterSettings & { rest: Rest },
): Controller {
  const { url, version: chosen, tokenFile, tokenEnv } = settings.rest;
  const token = tokenOf(account, surroundings, settings);
  const socketPath = url.startsWith('unix:') ? url.slice('unix:'.length) : undefined;
  const baseUrl = socketPath ? 'http://localhost' : url.replace(/\/+$/, '');
  let who: string | undefined;
  const client = new RestClient({
    account,
    service: `slurmrestd at ${url}`,
    baseUrl,
    clock: surroundings.clock,
    async key() {
      const { text, user } = await token();
      who = user?.name;
      return text;
    },
    authorize: (text) =>
      text === ''
        ? {}
        : { 'x-slurm-user-token': text, ...(who && { 'x-slurm-user-name': encodeURI(who) }) },
    keyName: 'token',
    remedy: `The token is not valid for this cluster, or for this user: make another (scontrol token), where ${tokenFile ?? tokenEnv} has it.`,
    // Node's agents take a socket; its types name it for plain requests alone.
    ...(socketPath && { agent: { socketPath } as AgentOptions }),
  });
  let version = chosen;

  async function ask<T>(
    path: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    method: 'GET' | 'DELETE' = 'GET',
  ): Promise<T> {
    version ??= await newest(signal);
    try {
      return await client.ask({ method, path: `/slurm/${version}${path}`, schema, signal });
    } catch (error) {
      throw explained(error, account);
    }
  }

  /** The newest version that it speaks. */
  async function newest(signal: AbortSignal): Promise<string> {
    for (const one of VERSIONS) {
      try {
        await client.ask({ path: `/slurm/${one}/ping`, schema: z.unknown(), signal });
        return one;
      } catch (error) {
        // A version that it has, but whose question fails, is one all the same.
        if (!(error instanceof NotFound)) throw explained(error, account);
      }
    }
    throw new SourceError('not-configured', {
      account,
      message: `slurmrestd at ${url}: it speaks none of the versions from ${VERSIONS.at(-1)} to ${VERSIONS[0]}`,
      remedy: `See which it speaks: curl ${url}/openapi/v3. Name one as sources.slurm.rest.version in burnrate.yaml, and see whether it is slurmrestd that answers there.`,
    });
  }

  async function ping(signal: AbortSignal): Promise<string> {
    const { pings } = await ask('/ping', Pings, signal);
    const said = pings.map((one) => `${one.hostname} ${isUp(one) ? 'UP' : 'DOWN'}`).join('; ');
    if (!pings.some(isUp))
      throw new SourceError('unreachable', {
        account,
        message: `slurmrestd at ${url}: no controller answers it: ${said}`,
        remedy: NOT_ANSWERING,
      });
    const open = /^http:\/\/(?!localhost|127\.|\[::1\])/.test(url)
      ? ', over plain HTTP: others on the network can read your token'
      : '';
    return `controller ${said}, by slurmrestd ${version} at ${url}${open}`;
  }

  let format: string | undefined;
  return {
    async user() {
      const { user } = await token();
      return user ?? { name: surroundings.user.name };
    },
    async queue(signal) {
      const { jobs } = await ask('/jobs', Jobs, signal);
      format = `REST ${version}`;
      try {
        return jobs.map(toEntry);
      } catch (error) {
        throw new SourceError('malformed', {
          account,
          message: `slurmrestd at ${url}, jobs: ${(error as Error).message}`,
          remedy: 'If this stays, please report it with the version of Slurm.',
          cause: error,
        });
      }
    },
    get format() {
      return format;
    },
    machines: async (signal) => machinesOf(await ask('/nodes', Nodes, signal)),
    partitions: async (signal) => partitionsOf(await ask('/partitions', Partitions, signal)),
    ended: async () => undefined,
    configured: async () => undefined,
    typed(order) {
      const header = `X-SLURM-USER-TOKEN:$${tokenEnv}`;
      const where = socketPath ? `--unix-socket ${quoted(socketPath)} ` : `-H ${header} `;
      return `curl -g -X DELETE ${where}${quoted(`${baseUrl}/slurm/${version}${pathOf(order)}`)}`;
    },
    async cancel(order, signal) {
      try {
        await ask(pathOf(order), Done, signal, 'DELETE');
      } catch (error) {
        if (error instanceof SourceError && TOO_LATE.test(error.message)) return;
        throw error;
      }
    },
    ping,
    async canCancel(signal) {
      await ping(signal);
      return 'slurmrestd takes cancellations';
    },
    close: () => client.close(),
  };

  function pathOf({ job, waiting }: Order): string {
    if (waiting === undefined) return `/job/${encodeURIComponent(job)}`;
    // How many may run at once (`2-7%2`) is no part of which they are.
    const elements = waiting.replace(/%\d+$/, '');
    if (!/^[\d,:-]+$/.test(elements))
      throw new SourceError('denied', {
        account,
        message: `slurmrestd does not tell which elements of job array ${job} still wait`,
        remedy: `Cancel them where Slurm's commands are: scancel --state=PENDING ${job}`,
      });
    return `/job/${encodeURIComponent(`${job}_[${elements}]`)}`;
  }
}

/** Its own words for what fails between it and the controller come with status 500. */
function explained(error: unknown, account: string): unknown {
  if (!(error instanceof SourceError) || error instanceof NotFound) return error;
  const { message } = error;
  if (/authentication/i.test(message))
    return new SourceError('denied', {
      account,
      message,
      remedy:
        'The controller does not take the token: make another (scontrol token), and see whether the clocks of both machines agree.',
      cause: error,
    });
  if (error.kind !== 'unreachable' || !/status 5\d\d/.test(message)) return error;
  return new SourceError('unreachable', { account, message, remedy: NOT_ANSWERING, cause: error });
}

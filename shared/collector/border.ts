import { z } from 'zod';
import type { Failure } from '../model/account.ts';
import { BucketReading } from '../model/bucket.ts';
import { Job } from '../model/job.ts';
import { Leftover } from '../model/leftover.ts';
import { Node } from '../model/node.ts';
import { Progress } from '../model/progress.ts';
import { Sample } from '../model/sample.ts';
import type { Instant } from '../model/time.ts';
import { Traffic } from '../model/traffic.ts';
import { type Observation, SourceError } from '../sources/source.ts';
import { isPlainProgress, isPlainSample, isPlainTraffic } from './plain_reading.ts';

/** The longest name or text of the world outside that faces have to draw. */
const MAX_NAME = 200;
const MAX_MESSAGE = 1000;

/** ANSI escapes: CSI and OSC sequences, whole, so that no `[31m` remains in a name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/** C0, DEL, C1, and the marks that reorder or hide text (bidirectional overrides, zero width). */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

/**
 * A name as it may be shown: escapes and control characters gone, one line, at most 200
 * characters. HTML is left as text: faces escape what they draw.
 */
export function cleanName(name: string, max = MAX_NAME): string {
  // Cut first, with room for what is removed: a name may be megabytes long.
  const short = name
    .slice(0, max * 8)
    .replace(ESCAPES, '')
    .replace(INVISIBLE, ' ')
    .trim();
  return short.length <= max ? short : `${short.slice(0, max - 1).toWellFormed()}…`;
}

/** A message as it may be shown or logged: clean as a name is, longer, and without secrets. */
export function cleanMessage(message: string): string {
  return cleanName(withoutSecrets(message.slice(0, MAX_MESSAGE * 4)), MAX_MESSAGE);
}

const SECRETS: readonly [RegExp, string][] = [
  // Credentials within a URL: the user's name may stay, the password not.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, '$1:***@'],
  [/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, '$1 ***'],
  // A file may have such a name too: whether it is there is no secret.
  [
    /\b((?:api[_-]?key|apikey|access[_-]?token|token|secret|password|passwd|x-amz-signature|x-amz-security-token)["']?\s*[=:]\s*["']?)(?!(?:not?|there|used|cannot)(?:[\s,]|$))[^\s"'&,;]+/gi,
    '$1***',
  ],
  // AWS secret keys and session tokens have no mark of their own; key ids do.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, 'AKIA***'],
];

/** The text with what looks like a credential made unreadable. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((result, [pattern, by]) => result.replace(pattern, by), text);
}

/** How many labels and other names of one thing are kept. */
const MAX_LABELS = 64;
const MAX_ALIASES = 64;

/**
 * An observation as it may enter: names cut and cleaned, ids untouched, and what does not fit the
 * model left out and said. One malformed entry must not cost the rest of the answer.
 */
export function admit(account: string, observation: Observation): Observation {
  const partial = [...(observation.partial ?? [])];
  function valid<T>(
    what: string,
    schema: z.ZodType<T>,
    items: readonly unknown[],
    isPlain: (item: unknown) => item is T = (_): _ is T => false,
  ): T[] {
    const kept: T[] = [];
    let example: string | undefined;
    for (const item of items) {
      if (isPlain(item)) {
        kept.push(item);
        continue;
      }
      const parsed = schema.safeParse(item);
      if (parsed.success) kept.push(parsed.data);
      else example ??= z.prettifyError(parsed.error);
    }
    if (example !== undefined) {
      partial.push(
        new SourceError('malformed', {
          account,
          message: `${items.length - kept.length} of ${items.length} ${what} could not be understood: ${example}`,
          remedy: 'Update Burnrate; where it stays, report this message.',
        }),
      );
    }
    return kept;
  }
  const { at, nodes, jobs, samples, progress, traffic, buckets, quotes, leftovers } = observation;
  return {
    at,
    ...(nodes && { nodes: valid('nodes', Node, nodes).map(cleanNode) }),
    ...(jobs && { jobs: valid('jobs', Job, jobs).map(cleanJob) }),
    ...(samples && { samples: valid('readings', Sample, samples, isPlainSample) }),
    ...(progress && { progress: valid('counts', Progress, progress, isPlainProgress) }),
    ...(traffic && { traffic: valid('traffic readings', Traffic, traffic, isPlainTraffic) }),
    ...(buckets && { buckets: valid('buckets', BucketReading, buckets) }),
    ...(quotes && { quotes }),
    ...(leftovers && { leftovers: valid('leftovers', Leftover, leftovers).map(cleanLeftover) }),
    ...(partial.length > 0 && { partial }),
  };
}

/** A failure as it is shown. */
export function failureOf(error: SourceError, at: Instant): Failure {
  return {
    kind: error.kind,
    account: error.account,
    message: cleanMessage(error.message),
    remedy: cleanMessage(error.remedy),
    at,
  };
}

function cleanNode(node: Node): Node {
  return {
    ...node,
    name: cleanName(node.name),
    aliases: node.aliases.slice(0, MAX_ALIASES),
    labels: cleanLabels(node.labels),
    ...(node.owner !== undefined && { owner: cleanName(node.owner) }),
  };
}

function cleanJob(job: Job): Job {
  return {
    ...job,
    name: cleanName(job.name),
    labels: cleanLabels(job.labels),
    ...(job.owner !== undefined && { owner: cleanName(job.owner) }),
  };
}

function cleanLeftover(leftover: Leftover): Leftover {
  return {
    ...leftover,
    name: cleanName(leftover.name),
    remove: cleanName(leftover.remove, MAX_MESSAGE),
    labels: cleanLabels(leftover.labels),
    ...(leftover.machine !== undefined && { machine: cleanName(leftover.machine) }),
    ...(leftover.owner !== undefined && { owner: cleanName(leftover.owner) }),
  };
}

function cleanLabels(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels)
      .slice(0, MAX_LABELS)
      .map(([name, value]) => [cleanName(name), cleanName(value)]),
  );
}

import type { Commands } from './commands.ts';
import type { Entry } from './entry.ts';
import { failureOf, malformed } from './errors.ts';
import { parseQueueJson } from './queue_json.ts';
import { formatWith, parseHeld, parseQueueText } from './queue_text.ts';
import { separator } from './records.ts';
import type { Person } from './shell.ts';

/** Beyond this, JSON costs more than it tells: a job takes up to 8 kB of it, and 300 B of text. */
const MAX_JSON_BYTES = 8 * 1024 * 1024;
/** How many jobs are asked about one by one in one reading; the others have their turn later. */
const MAX_DETAILS = 20;
const NO_JSON = /json|serializer|(unrecognized|invalid|unknown) option/i;
const ALL = ['--all', '--states=all'];

/** The jobs that the controller knows, in whatever way this release and this cluster allow. */
export interface Queue {
  read(signal: AbortSignal): Promise<Entry[]>;
  /** How it is read, for people; undefined before the first time. */
  readonly format: 'JSON' | 'text' | undefined;
}

export function queueOf(
  commands: Commands,
  options: {
    /** Set where nobody else's jobs are of interest: further names of the user. */
    onlyMine: readonly string[] | undefined;
    user: (signal: AbortSignal) => Promise<Person>;
    isMine: (name: string, user: Person) => boolean;
  },
): Queue {
  // Releases until 22.05 ignore all filters in JSON, so that it would hold everybody's jobs.
  let format: Queue['format'] = options.onlyMine === undefined ? undefined : 'text';
  const details = new Map<string, NonNullable<Entry['held']>>();

  /** Undefined where this Slurm cannot do it, or should not. */
  async function readJson(signal: AbortSignal): Promise<Entry[] | undefined> {
    const args = [...ALL, '--json'];
    const attempt = commands.line('squeue', args);
    const answer = await commands
      .try('squeue', args, { signal, maxBytes: MAX_JSON_BYTES })
      .catch((error: Error) => {
        if (error.message.includes('printed more than')) return undefined;
        throw error;
      });
    if (!answer) return undefined;
    const { code, stdout, stderr } = answer;
    if (code !== 0) {
      if (format === undefined && NO_JSON.test(stderr)) return undefined;
      throw failureOf(stderr || stdout, code, attempt);
    }
    let queue: ReturnType<typeof parseQueueJson>;
    try {
      queue = parseQueueJson(stdout);
    } catch {
      // A release that writes it otherwise; if it is not Slurm at all, its text will show it.
      return undefined;
    }
    if ('problem' in queue) throw failureOf(`${stderr}\n${queue.problem}`, code, attempt);
    return queue.entries;
  }

  async function readText(signal: AbortSignal): Promise<Entry[]> {
    const between = separator();
    const user = await options.user(signal);
    const whose = options.onlyMine ? [`--user=${[user.name, ...options.onlyMine].join(',')}`] : [];
    const args = [...ALL, ...whose, '--noheader', `--Format=${formatWith(between)}`];
    const text = await commands.read('squeue', args, { signal });
    try {
      return await withDetails(parseQueueText(text, between), user, signal);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const attempt = commands.line('squeue', [...ALL, '--Format=...']);
      throw malformed(`not a queue: ${startOf(text)}`, attempt, error);
    }
  }

  /** Which GPUs a job has does not change while it runs: it is asked for once. */
  async function withDetails(entries: Entry[], me: Person, signal: AbortSignal): Promise<Entry[]> {
    const keyOf = ({ id, startedAt }: Entry) => `${id} ${startedAt}`;
    const mine = entries.filter(
      ({ states, user }) => states.includes('RUNNING') && options.isMine(user, me),
    );
    const current = new Set(mine.map(keyOf));
    for (const key of details.keys()) if (!current.has(key)) details.delete(key);
    const unknown = mine.filter((entry) => !details.has(keyOf(entry))).slice(0, MAX_DETAILS);
    await Promise.all(
      unknown.map(async (entry) => {
        const { code, stdout } = await commands.try(
          'scontrol',
          ['show', 'job', '--details', entry.id],
          { signal },
        );
        // It has ended meanwhile, or Slurm tells no more: then the sum must do.
        const held = code === 0 ? parseHeld(stdout, entry.nodes) : undefined;
        if (held) details.set(keyOf(entry), held);
      }),
    );
    return entries.map((entry) => {
      const held = details.get(keyOf(entry));
      return held ? { ...entry, held } : entry;
    });
  }

  return {
    get format() {
      return format;
    },
    async read(signal) {
      const entries = format === 'text' ? undefined : await readJson(signal);
      format = entries ? 'JSON' : 'text';
      return entries ?? readText(signal);
    },
  };
}

function startOf(text: string): string {
  return text.trim() === '' ? 'nothing' : JSON.stringify(text.slice(0, 100));
}

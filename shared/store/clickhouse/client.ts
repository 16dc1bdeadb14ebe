import { readFileSync } from 'node:fs';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { addressOf, type StoreAddress, type StoreSettings } from '../../config/store.ts';
import { explainTeamStore, TeamStoreError } from './failure.ts';
import { createTable, type Rows, TABLES, type TableName } from './tables.ts';

const TIMEOUT_MS = 60_000;
/** Statements with the names of thousands of machines in them. */
const MAX_QUERY_BYTES = 16 * 1024 ** 2;

/** The server that a team's ledgers are sent to. Failures are thrown as TeamStoreErrors. */
export class TeamServer {
  readonly address: StoreAddress;
  readonly #client: ClickHouseClient;
  readonly #closing = new AbortController();

  /** Throws a TeamStoreError where the password cannot be read. */
  constructor(
    settings: StoreSettings,
    env: Readonly<Record<string, string | undefined>>,
    { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
  ) {
    this.address = addressOf(settings);
    this.#client = createClient({
      url: this.address.url,
      username: this.address.username,
      password: passwordOf(settings, env, this.address),
      database: this.address.database,
      application: 'burnrate',
      request_timeout: timeoutMs,
      max_open_connections: 2,
      compression: { request: true, response: true },
      // What fails is told in our own words; the client would print whole statements.
      log: { level: ClickHouseLogLevel.OFF },
    });
  }

  /** Makes the tables that are not there yet. */
  async prepare(): Promise<void> {
    for (const table of TABLES) {
      // Asked first: a user who may not create tables can write to those that are there.
      const [there] = await this.select<{ result: number }>(`EXISTS TABLE ${table}`);
      if (Number(there?.result) !== 1) await this.#command(createTable(table));
    }
  }

  /** All of the rows, or none of each table's block. Sent twice, they count once. */
  async insert<Name extends TableName>(table: Name, rows: readonly Rows[Name][]): Promise<void> {
    await this.#explained(() =>
      this.#client.insert({
        table,
        values: rows.map(wellFormed),
        format: 'JSONEachRow',
        abort_signal: this.#closing.signal,
      }),
    );
  }

  /** Numbers of 64 bits come as text from some servers: `Number` them. */
  async select<Row>(query: string): Promise<Row[]> {
    return this.#explained(async () => {
      const answer = await this.#client.query({
        query,
        format: 'JSONEachRow',
        abort_signal: this.#closing.signal,
        clickhouse_settings: { max_query_size: String(MAX_QUERY_BYTES) },
      });
      return answer.json<Row>();
    });
  }

  /** What is under way is broken off: it counts as not sent. */
  close(): Promise<void> {
    this.#closing.abort();
    return this.#client.close();
  }

  async #command(query: string): Promise<void> {
    await this.#explained(() => this.#client.command({ query }));
  }

  async #explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainTeamStore(error, this.address);
    }
  }
}

/** A text of ours as ClickHouse writes it in a statement. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Half a character, which a cut name can end with, is no JSON to ClickHouse: a block would be refused. */
function wellFormed<Row extends object>(row: Row): Row {
  const mend = (value: unknown): unknown =>
    typeof value === 'string'
      ? value.toWellFormed()
      : Array.isArray(value)
        ? value.map(mend)
        : value;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, mend(value)])) as Row;
}

function passwordOf(
  { password, passwordFile, passwordVariable }: StoreSettings,
  env: Readonly<Record<string, string | undefined>>,
  { text }: StoreAddress,
): string {
  if (password !== undefined) return password;
  if (passwordFile === undefined) return env[passwordVariable] ?? '';
  try {
    return readFileSync(passwordFile, 'utf8').trimEnd();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new TeamStoreError(
      text,
      {
        kind: 'not-configured',
        what: `its password cannot be read from ${passwordFile}: ${(error as Error).message}`,
        remedy:
          'Correct store.passwordFile in burnrate.yaml, or make the file readable for yourself.',
      },
      { code, cause: error },
    );
  }
}

/**
 * The team store's tables. Each row is the whole state of one thing as one collector knows it: a
 * newer `version` takes its place, whatever the order they arrive in, and the same one again is
 * the same row. ReplacingMergeTree drops the older ones in its own time; who reads takes the newest
 * by `argMax(..., version)` and never waits for that.
 *
 * Only what ClickHouse 18.16 and current servers both have is used.
 */

/**
 * What a node cost in an hour (UTC), as far as one collector has metered it: its charges in force
 * as parallel lists. `start` and `end` are milliseconds from the hour's beginning; of a time that is
 * only kept by the day, the day's first hour holds the whole day, and the others are empty. `flags`
 * is provenance (0 billed, 1 quoted, 2 calibrated, 3 list) + 4 uncertain + 8 minimum; `metered` is
 * what had been metered where a bill has set `micros`. The lists `sum_...` have the same money by job
 * and flags, from its first beginning to its last end: whoever asks for whole hours reads no more.
 */
export interface NodeHourRow {
  hour: number;
  node: string;
  collector: string;
  version: number;
  job: string[];
  owner: string[];
  start: number[];
  end: number[];
  micros: number[];
  metered: number[];
  flags: number[];
  sum_job: string[];
  sum_flags: number[];
  sum_start: number[];
  sum_end: number[];
  sum_micros: number[];
}

/** A machine as last seen. `labels` and `price_key` are JSON; `price_key` is empty where there is none. */
export interface NodeRow {
  id: string;
  collector: string;
  version: number;
  name: string;
  source: string;
  account: string;
  owner: string;
  mine: number;
  state: string;
  gpus: number;
  gpu_model: string;
  aliases: string[];
  labels: string;
  price_key: string;
}

export interface JobRow {
  id: string;
  collector: string;
  version: number;
  name: string;
  source: string;
  account: string;
  owner: string;
  project: string;
  run: string;
  mine: number;
  state: string;
  started_at: number;
  ended_at: number;
}

/** What a job did in an hour (UTC): what it counted, what did no work, and how busy it was. */
export interface JobHourRow {
  hour: number;
  job: string;
  collector: string;
  version: number;
  steps: number;
  steps_micros: number;
  tokens: number;
  tokens_micros: number;
  samples: number;
  samples_micros: number;
  idle: number;
  stalled: number;
  waiting: number;
  /** Activity (0 to 1) times readings, and readings. */
  activity: number;
  readings: number;
}

export interface AlertRow {
  id: string;
  collector: string;
  version: number;
  rule: string;
  subject: string;
  subject_kind: string;
  state: string;
  severity: string;
  title: string;
  micros_per_hour: number;
  micros_wasted: number;
  since: number;
  fired_at: number;
  resolved_at: number;
}

/** What a stop has saved on a local day. */
export interface SavingRow {
  stop: string;
  day: number;
  collector: string;
  version: number;
  job: string;
  micros: number;
}

/** A day's lines of bills that nothing metered was found for, as parallel lists. */
export interface BillDayRow {
  day: number;
  collector: string;
  version: number;
  provider: string[];
  account: string[];
  kind: string[];
  service: string[];
  currency: string[];
  micros: number[];
  lines: number[];
}

/** Who writes: the newest row says when it was last heard of, and how much it had yet to send. */
export interface CollectorRow {
  id: string;
  version: number;
  name: string;
  burnrate: string;
  seen_at: number;
  sequence: number;
  waiting: number;
}

export interface Rows {
  node_hour: NodeHourRow;
  node: NodeRow;
  job: JobRow;
  job_hour: JobHourRow;
  alert: AlertRow;
  saving: SavingRow;
  bill_day: BillDayRow;
  collector: CollectorRow;
}
export type TableName = keyof Rows;

const TIME = "DateTime('UTC')";
const INSTANT = 'Int64';
const MONEY = 'Int64';

type Columns<Name extends TableName> = Record<keyof Rows[Name] & string, string>;

const COLUMNS: { [Name in TableName]: Columns<Name> } = {
  node_hour: {
    hour: TIME,
    node: 'String',
    collector: 'String',
    version: 'UInt64',
    job: 'Array(String)',
    owner: 'Array(String)',
    start: 'Array(Int64)',
    end: 'Array(Int64)',
    micros: `Array(${MONEY})`,
    metered: `Array(${MONEY})`,
    flags: 'Array(UInt8)',
    sum_job: 'Array(String)',
    sum_flags: 'Array(UInt8)',
    sum_start: 'Array(Int64)',
    sum_end: 'Array(Int64)',
    sum_micros: `Array(${MONEY})`,
  },
  node: {
    id: 'String',
    collector: 'String',
    version: 'UInt64',
    name: 'String',
    source: 'String',
    account: 'String',
    owner: 'String',
    mine: 'UInt8',
    state: 'String',
    gpus: 'UInt32',
    gpu_model: 'String',
    aliases: 'Array(String)',
    labels: 'String',
    price_key: 'String',
  },
  job: {
    id: 'String',
    collector: 'String',
    version: 'UInt64',
    name: 'String',
    source: 'String',
    account: 'String',
    owner: 'String',
    project: 'String',
    run: 'String',
    mine: 'UInt8',
    state: 'String',
    started_at: INSTANT,
    ended_at: INSTANT,
  },
  job_hour: {
    hour: TIME,
    job: 'String',
    collector: 'String',
    version: 'UInt64',
    steps: 'Float64',
    steps_micros: MONEY,
    tokens: 'Float64',
    tokens_micros: MONEY,
    samples: 'Float64',
    samples_micros: MONEY,
    idle: MONEY,
    stalled: MONEY,
    waiting: MONEY,
    activity: 'Float64',
    readings: 'UInt64',
  },
  alert: {
    id: 'String',
    collector: 'String',
    version: 'UInt64',
    rule: 'String',
    subject: 'String',
    subject_kind: 'String',
    state: 'String',
    severity: 'String',
    title: 'String',
    micros_per_hour: MONEY,
    micros_wasted: MONEY,
    since: INSTANT,
    fired_at: INSTANT,
    resolved_at: INSTANT,
  },
  saving: {
    stop: 'String',
    day: INSTANT,
    collector: 'String',
    version: 'UInt64',
    job: 'String',
    micros: MONEY,
  },
  bill_day: {
    day: TIME,
    collector: 'String',
    version: 'UInt64',
    provider: 'Array(String)',
    account: 'Array(String)',
    kind: 'Array(String)',
    service: 'Array(String)',
    currency: 'Array(String)',
    micros: `Array(${MONEY})`,
    lines: 'Array(UInt64)',
  },
  collector: {
    id: 'String',
    version: 'UInt64',
    name: 'String',
    burnrate: 'String',
    seen_at: INSTANT,
    sequence: 'UInt64',
    waiting: 'UInt64',
  },
};

const ORDER: Record<TableName, { by: string; partition?: string }> = {
  node_hour: { by: 'hour, node, collector', partition: 'toYYYYMM(hour)' },
  node: { by: 'id, collector' },
  job: { by: 'id, collector' },
  job_hour: { by: 'hour, job, collector', partition: 'toYYYYMM(hour)' },
  alert: { by: 'id, collector' },
  saving: { by: 'stop, day, collector' },
  bill_day: { by: 'day, collector' },
  collector: { by: 'id' },
};

export const TABLES = Object.keys(COLUMNS) as TableName[];

/** What makes a table where it is not there yet. */
export function createTable(table: TableName): string {
  const columns = Object.entries(COLUMNS[table]).map(([name, type]) => `${name} ${type}`);
  const { by, partition } = ORDER[table];
  return `CREATE TABLE IF NOT EXISTS ${table} (${columns.join(', ')})
    ENGINE = ReplacingMergeTree(version)
    ${partition ? `PARTITION BY ${partition}` : ''} ORDER BY (${by})`;
}

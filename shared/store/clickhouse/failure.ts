import type { FailureKind } from '../../model/account.ts';
import { StoreError } from '../failure.ts';

/** A failure of the team store, in words that say what happened and what to do next. */
export class TeamStoreError extends Error {
  readonly kind: FailureKind;
  /** ClickHouse's number of the error, or Node's name of it; empty where it has none. */
  readonly code: string;
  readonly remedy: string;
  /** The message without the store's name, where that is said already. */
  readonly what: string;

  constructor(
    store: string,
    { kind, what, remedy }: Explained,
    { code = '', cause }: { code?: string; cause?: unknown } = {},
  ) {
    super(`The team store ${store}: ${what}.`, { cause });
    this.name = 'TeamStoreError';
    this.kind = kind;
    this.code = code;
    this.remedy = remedy;
    this.what = what;
  }
}

interface Explained {
  kind: FailureKind;
  what: string;
  remedy: string;
}

const PASSWORD: Explained = {
  kind: 'denied',
  what: 'it refused the user or the password',
  remedy:
    'Check the user in store: of burnrate.yaml, and the variable or file that holds its password.',
};
const RIGHTS: Explained = {
  kind: 'denied',
  what: 'this user may not do that',
  remedy:
    'Grant it SELECT, INSERT and CREATE TABLE on the database, or create the tables yourself.',
};
const FULL: Explained = {
  kind: 'throttled',
  what: 'its disk is full',
  remedy:
    'Free some space on the server; Burnrate goes on by itself, and keeps everything here until then.',
};
const BUSY: Explained = {
  kind: 'throttled',
  what: 'it has too much to do',
  remedy: 'Nothing needs doing if this passes; else give the server more memory or fewer queries.',
};
const NAME: Explained = {
  kind: 'unreachable',
  what: 'no host of that name is found',
  remedy:
    'Check the host in store: of burnrate.yaml, and that this machine is in the right network.',
};
const SILENT: Explained = {
  kind: 'unreachable',
  what: 'it does not answer',
  remedy:
    'Check that the server runs and that this machine can reach it. Nothing is lost meanwhile.',
};
const TLS: Explained = {
  kind: 'unreachable',
  what: 'its certificate is not trusted',
  remedy: 'Give its authority to Node in NODE_EXTRA_CA_CERTS, or correct the host in store:.',
};
const OTHERS: Explained = {
  kind: 'malformed',
  what: 'its tables are not as this version of Burnrate knows them',
  remedy: 'Use the version of Burnrate that the team uses, or name another database in store:.',
};

/** https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp */
const EXPLAINED: Readonly<Record<string, Explained>> = {
  16: OTHERS,
  47: OTHERS,
  53: OTHERS,
  60: OTHERS,
  117: OTHERS,
  159: BUSY,
  164: RIGHTS,
  192: PASSWORD,
  193: PASSWORD,
  194: PASSWORD,
  202: BUSY,
  241: BUSY,
  243: FULL,
  252: BUSY,
  291: RIGHTS,
  497: RIGHTS,
  516: PASSWORD,
  ECONNREFUSED: SILENT,
  ECONNRESET: SILENT,
  EHOSTUNREACH: SILENT,
  ENETUNREACH: SILENT,
  EPIPE: SILENT,
  ETIMEDOUT: SILENT,
  TIMEOUT: SILENT,
  EAI_AGAIN: NAME,
  ENOTFOUND: NAME,
  CERT_HAS_EXPIRED: TLS,
  DEPTH_ZERO_SELF_SIGNED_CERT: TLS,
  ERR_TLS_CERT_ALTNAME_INVALID: TLS,
  SELF_SIGNED_CERT_IN_CHAIN: TLS,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: TLS,
};
const NO_DATABASE = '81';
const UNKNOWN =
  'It is tried again by itself; the log of the server may say more. Nothing is lost meanwhile.';

/** The same failure in plain words, for the store that `text` names. */
export function explainTeamStore(
  error: unknown,
  { text, database }: { text: string; database: string },
): TeamStoreError {
  if (error instanceof TeamStoreError) return error;
  const said = saidBy(error);
  const code = codeOf(error, said);
  return new TeamStoreError(text, explained(error, code, said, database), { code, cause: error });
}

function explained(error: unknown, code: string, said: string, database: string): Explained {
  if (error instanceof StoreError) {
    return { kind: 'malformed', what: error.message, remedy: error.remedy };
  }
  if (code === NO_DATABASE) {
    return {
      kind: 'not-configured',
      what: `there is no database ${database}`,
      remedy: `Create it there: CREATE DATABASE ${database}. Burnrate then makes its tables itself.`,
    };
  }
  const known = /No space left on device/i.test(said) ? FULL : EXPLAINED[code];
  if (!known) return { kind: 'malformed', what: plain(said), remedy: UNKNOWN };
  if (known === OTHERS) return { ...known, what: `${known.what}: ${plain(said)}` };
  const number = /^\d/.test(code) ? `ClickHouse error ${code}` : code;
  return { ...known, what: number === '' ? known.what : `${known.what} (${number})` };
}

function saidBy(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}

/** Servers before 20 give the number in the text alone, and the client takes it from newer ones. */
function codeOf(error: unknown, said: string): string {
  const given = (error as { code?: unknown } | undefined)?.code;
  if (typeof given === 'string' && given !== '') return given;
  const inText = /Code:\s*(\d+)/.exec(said)?.[1];
  if (inText !== undefined) return inText;
  return /timeout/i.test(said) ? 'TIMEOUT' : '';
}

/** What a server says, without the words that are for its own people. */
function plain(said: string): string {
  const [line = ''] = said.split('\n', 1);
  const inner = /DB::Exception: (.*?)(, e\.what\(\) = DB::Exception)?$/.exec(line)?.[1] ?? line;
  return inner.slice(0, 300).replace(/\.$/, '');
}

import type { FailureKind } from '../../model/account.ts';
import { StoreError } from '../failure.ts';

/** A failure of the team store, in words that say what happened and what to do next. */
export class TeamStoreError extends Error {
  readonly kind: FailureKind;
  /** ClickHouse's number of the error, or Node's name of it; empty where it has none. */
  readonly code: string;
  readonly remedy: string;

  constructor(kind: FailureKind, code: string, message: string, remedy: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'TeamStoreError';
    this.kind = kind;
    this.code = code;
    this.remedy = remedy;
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

/** The same failure in plain words, for the store that `text` names. */
export function explainTeamStore(
  error: unknown,
  { text, database }: { text: string; database: string },
): TeamStoreError {
  if (error instanceof TeamStoreError) return error;
  if (error instanceof StoreError) {
    return new TeamStoreError('malformed', error.code, error.message, error.remedy, error);
  }
  const said = error instanceof Error ? error.message.trim() : String(error);
  const code = codeOf(error, said);
  if (code === NO_DATABASE) {
    return new TeamStoreError(
      'not-configured',
      code,
      `The team store ${text}: there is no database ${database}.`,
      `Create it there: CREATE DATABASE ${database}. Burnrate then makes its tables itself.`,
      error,
    );
  }
  const known = /No space left on device/i.test(said) ? FULL : EXPLAINED[code];
  if (!known) {
    return new TeamStoreError(
      'malformed',
      code,
      `The team store ${text}: ${firstLine(said)}`,
      'It is tried again by itself; the log of the server may say more. Nothing is lost meanwhile.',
      error,
    );
  }
  const detail =
    known === OTHERS
      ? `: ${firstLine(said)}`
      : /^\d/.test(code)
        ? ` (ClickHouse error ${code})`
        : ` (${code})`;
  return new TeamStoreError(
    known.kind,
    code,
    `The team store ${text}: ${known.what}${detail}.`,
    known.remedy,
    error,
  );
}

/** Servers before 20 give the number in the text alone, and the client takes it from newer ones. */
function codeOf(error: unknown, said: string): string {
  const given = (error as { code?: unknown } | undefined)?.code;
  if (typeof given === 'string' && given !== '') return given;
  const inText = /Code:\s*(\d+)/.exec(said)?.[1];
  if (inText !== undefined) return inText;
  return /timeout/i.test(said) ? 'TIMEOUT' : '';
}

function firstLine(said: string): string {
  return said.split('\n', 1)[0]?.slice(0, 300).replace(/\.$/, '') ?? '';
}

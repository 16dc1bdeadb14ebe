/** What came of a request that was not answered, in words for people. */
export interface NetworkFailure {
  kind: 'unreachable' | 'malformed';
  happened: string;
  /** Set where there is something to be done about just this. */
  remedy?: string;
}

/** What a failed request means. The error itself is not to be kept: it may hold the headers sent. */
export function networkFailure(error: unknown): NetworkFailure {
  const { code, name, message } = clues(error);
  if (name === 'AbortError' || name === 'TimeoutError')
    return { kind: 'unreachable', happened: 'no answer in time' };
  if (/^(Z_|ERR_ZLIB|HPE_)/.test(code))
    return { kind: 'malformed', happened: `not an answer in HTTP (${code})` };
  if (/^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/.test(code))
    return {
      kind: 'unreachable',
      happened: `its certificate is not trusted (${code})`,
      remedy: 'Let Node.js know the authority that signed it: set NODE_EXTRA_CA_CERTS to its file.',
    };
  return { kind: 'unreachable', happened: REASONS[code] ?? message };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'its name cannot be looked up now',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
};

function clues(error: unknown): { code: string; name: string; message: string } {
  if (!(error instanceof Error)) return { code: '', name: '', message: String(error) };
  // A host with several addresses fails with an AggregateError that has a code but no message.
  const { code } = error as NodeJS.ErrnoException;
  return {
    code: typeof code === 'string' ? code : '',
    name: error.name,
    message: error.message || String(code ?? error.name),
  };
}

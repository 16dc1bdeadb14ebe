import type { z } from 'zod';
import type { Hello, RequestName, Requests, Result } from '../protocol/protocol.ts';

/** The parameters of a request after its schema has checked them. */
export type Checked<Name extends RequestName> = z.output<Requests[Name]['params']>;

/** Who asks: a face, and where it came in by a token of `burnrate serve`, that token's name. */
export type Asker = Hello & { token?: string };

/** What answers each request. A rejection's message is shown to the person who asked. */
export type Handlers = {
  [Name in RequestName]: (
    params: Checked<Name>,
    face: Asker,
  ) => Result<Name> | Promise<Result<Name>>;
};

import type { z } from 'zod';
import type { Hello, RequestName, Requests, Result } from '../protocol/protocol.ts';

/** The parameters of a request after its schema has checked them. */
export type Checked<Name extends RequestName> = z.output<Requests[Name]['params']>;

/** What answers each request. A rejection's message is shown to the person who asked. */
export type Handlers = {
  [Name in RequestName]: (
    params: Checked<Name>,
    face: Hello,
  ) => Result<Name> | Promise<Result<Name>>;
};

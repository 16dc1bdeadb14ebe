import dns from 'node:dns';
import { existsSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Loaded into a process before all else: no name can be resolved while a file is there, as where a
 * network's name servers are gone. The error is the one that the system's resolver gives.
 */
const file = process.env.BURNRATE_TEST_NO_NAMES ?? '';
const { lookup } = dns;

dns.lookup = (hostname, ...rest) => {
  if (!existsSync(file)) return lookup(hostname, ...rest);
  const error = new Error(`getaddrinfo EAI_AGAIN ${hostname}`);
  Object.assign(error, { errno: -3001, code: 'EAI_AGAIN', syscall: 'getaddrinfo', hostname });
  setImmediate(rest.at(-1), error);
};
syncBuiltinESMExports();

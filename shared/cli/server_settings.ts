import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { ServerSettings } from '../config/serve.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';

/**
 * The `server` section of burnrate.yaml, which has this text, with its files as seen from where it
 * stands. Throws PlainFailure where something is wrong with it.
 */
export function serverSettings(file: string, text: string): ServerSettings {
  const section = ServerSettings.safeParse((parse(text) as { server?: unknown } | null)?.server);
  if (!section.success) {
    const [issue] = section.error.issues;
    throw new PlainFailure(
      `${file}: server.${issue?.path.join('.')}: ${issue?.message}`,
      EXIT.usage,
    );
  }
  const { url, tokenFile, ca } = section.data;
  const beside = (path: string) => resolve(dirname(file), path);
  return {
    url,
    ...(tokenFile !== undefined && { tokenFile: beside(tokenFile) }),
    ...(ca !== undefined && { ca: beside(ca) }),
  };
}

import type { Ask } from './ask.ts';
import { isManifest, kubernetesAsk } from './kubernetes_file.ts';
import { isSkyTask, skyAsk } from './skypilot_file.ts';
import { isSlurmScript, slurmAsk } from './slurm_file.ts';
import { yamlFiles } from './yaml_file.ts';

/** A file longer than this is no job file: it is generated, or data. */
const MAX_LENGTH = 256 * 1024;

/** All that a document asks for; empty where it is no job file, or asks for no GPUs. */
export function asksIn(text: string, path: string): Ask[] {
  if (text.length > MAX_LENGTH) return [];
  if (isSlurmScript(text)) return given(slurmAsk(text));
  if (!/\.ya?ml$/i.test(path)) return [];
  return yamlFiles(text).flatMap((file) => {
    if (isManifest(file)) return given(kubernetesAsk(file));
    return isSkyTask(file) ? given(skyAsk(file)) : [];
  });
}

function given<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

import type { KeyWanted } from '@burnrate/shared/protocol/protocol.ts';
import {
  commands,
  type Disposable,
  type ExtensionContext,
  type LogOutputChannel,
  type QuickPickItem,
  Uri,
  window,
} from 'vscode';
import { t } from './l10n.ts';
import type { Session } from './session.ts';

/**
 * API keys that a person gives to VS Code. They are kept by VS Code alone, in its SecretStorage (the
 * system's keychain on a desktop), and given to each collector over its own socket, which holds
 * them in memory. Of them, only the names of their variables are remembered elsewhere.
 */
const PREFIX = 'apiKey.';
const NAMES = 'apiKeys';

type Keeper = Pick<ExtensionContext, 'secrets' | 'globalState'>;

/** Gives the keys to each collector that this window connects to, and each new one to all windows'. */
export function shareKeys(
  { link }: Session,
  { secrets, globalState }: Keeper,
  log: LogOutputChannel,
): Disposable {
  const give = async (variables: readonly string[]) => {
    const found = await Promise.all(
      variables.map(async (name) => [name, (await secrets.get(PREFIX + name)) ?? null] as const),
    );
    if (found.length > 0) await link.request('entrustKeys', { keys: Object.fromEntries(found) });
  };
  const orTell = (giving: Promise<void>) =>
    giving.catch((error: unknown) => log.error('An API key could not be given', String(error)));
  const ended = link.onConnected((connected) => {
    if (connected) void orTell(give(globalState.get<string[]>(NAMES, [])));
  });
  const changes = secrets.onDidChange(({ key }) => {
    if (key.startsWith(PREFIX)) void orTell(give([key.slice(PREFIX.length)]));
  });
  return {
    dispose: () => {
      ended();
      changes.dispose();
    },
  };
}

/** Lets a person give, replace or take back the API key of a system. */
export async function setApiKey({ link }: Session, keeper: Keeper): Promise<void> {
  const { secrets, globalState } = keeper;
  const names = globalState.get<string[]>(NAMES, []);
  const { wanted } = await link.request('apiKeys', {});
  const system = await pickSystem(wanted, names);
  if (!system) return;
  const { title, variable } = system;
  const others = names.filter((name) => name !== variable);
  if (names.includes(variable)) {
    const [replace, remove] = [t('Replace the key'), t('Remove the key')];
    const choice = await window.showQuickPick([replace, remove], { title });
    if (choice === undefined) return;
    if (choice === remove) {
      await link.request('entrustKeys', { keys: { [variable]: null } });
      await globalState.update(NAMES, others);
      await secrets.delete(PREFIX + variable);
      void window.showInformationMessage(t('{0}: the key is removed from VS Code.', title));
      return;
    }
  }
  const key = await askKey(system);
  if (!key) return;
  await link.request('entrustKeys', { keys: { [variable]: key } });
  await globalState.update(NAMES, [...others, variable]);
  await secrets.store(PREFIX + variable, key);
  const doctor = t('Run doctor');
  const kept = t('{0}: the key is kept in the secret storage of VS Code.', title);
  if ((await window.showInformationMessage(kept, doctor)) === doctor) {
    await commands.executeCommand('burnrate.doctor');
  }
}

async function pickSystem(
  wanted: readonly KeyWanted[],
  kept: readonly string[],
): Promise<KeyWanted | undefined> {
  const items = wanted.map((system): QuickPickItem & { system: KeyWanted } => ({
    label: system.title,
    description: kept.includes(system.variable)
      ? t('kept by VS Code')
      : system.set
        ? t('{0} is set in the environment', system.variable)
        : '',
    system,
  }));
  const picked = await window.showQuickPick(items, {
    title: t('Set an API key'),
    placeHolder: t('Whose key? It is kept in the secret storage of VS Code, and nowhere else'),
  });
  return picked?.system;
}

async function askKey({ title, madeAt }: KeyWanted): Promise<string | undefined> {
  const page = /https:\S+/.exec(madeAt)?.[0];
  const key = await window.showInputBox({
    title: t('API key of {0}', title),
    prompt: page ? t('It is made at {0}', Uri.parse(page).toString(true)) : '',
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^[\x21-\x7e]*$/.test(text.trim()) ? undefined : t('This is no API key.'),
  });
  return key?.trim();
}

import { once } from 'node:events';
import { connect } from 'node:net';
import { PROTOCOL_VERSION } from '@burnrate/shared/protocol/names.ts';
import { expect, test } from 'vitest';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { CompletionItem, Hover } from 'vscode-languageserver-types';
import { Home, snapshotWhere } from '../collector/live.ts';

const uri = 'file:///home/ada/burnrate.yaml';

/** An editor's connection to a collector that runs. */
async function editorOf(home: Home, face: 'vscode' | 'cli') {
  const socket = connect(home.paths.socket);
  await once(socket, 'connect');
  const connection = createMessageConnection(
    new StreamMessageReader(socket),
    new StreamMessageWriter(socket),
  );
  connection.listen();
  const hello = { face, version: '0.1.0', protocol: PROTOCOL_VERSION, notifies: false };
  const { capabilities } = await connection.sendRequest<{ capabilities: Record<string, unknown> }>(
    'initialize',
    { processId: null, rootUri: null, capabilities: {}, initializationOptions: hello },
  );
  await connection.sendNotification('initialized', {});
  return {
    capabilities,
    connection,
    [Symbol.dispose]: () => {
      connection.dispose();
      socket.destroy();
    },
  };
}

/** Opens a text with `|` where the cursor is; the position of that. */
async function write(connection: MessageConnection, marked: string) {
  const before = marked.slice(0, marked.indexOf('|')).split('\n');
  const text = marked.replace('|', '');
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'yaml', version: 1, text },
  });
  const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  return { textDocument: { uri }, position };
}

test('an editor is offered help with burnrate.yaml by the collector that runs', async () => {
  await using home = new Home();
  const folder = home.folder('lab');
  home.configure({ sources: { processes: { folders: [folder], pricePerHour: 8 } } });
  home.job(folder, { name: 'train' });
  const link = await home.connect();
  await snapshotWhere(link, 'the job', ({ jobs }) => jobs.some(({ state }) => state === 'running'));
  using editor = await editorOf(home, 'vscode');
  const { capabilities, connection } = editor;
  expect(capabilities).toMatchObject({
    hoverProvider: true,
    completionProvider: { triggerCharacters: [' '] },
    codeActionProvider: { codeActionKinds: ['quickfix'] },
  });

  const keys = await connection.sendRequest<CompletionItem[]>(
    'textDocument/completion',
    await write(connection, 'sources:\n  proc|\n'),
  );
  expect(keys.map(({ label }) => label)).toEqual(['processes', 'distant']);
  const jobs = await connection.sendRequest<CompletionItem[]>(
    'textDocument/completion',
    await write(connection, 'budgets:\n  - jobs: |\n'),
  );
  expect(jobs.map(({ label }) => label)).toEqual(['train']);

  const hover = await connection.sendRequest<Hover>(
    'textDocument/hover',
    await write(connection, `sources:\n  processes:\n    folders: [${folder}|]\n`),
  );
  expect(JSON.stringify(hover.contents)).toMatch(
    /answered .* ago · yours there: \$8\.00\/h \(quoted\) now/,
  );

  const marked = new Promise<{ diagnostics: { range: object }[] }>((resolve) =>
    connection.onNotification('textDocument/publishDiagnostics', resolve),
  );
  await write(connection, 'alerts:\n  idel: {}|\n');
  const { diagnostics } = await marked;
  const fixes = await connection.sendRequest('textDocument/codeAction', {
    textDocument: { uri },
    range: diagnostics[0]?.range,
    context: { diagnostics },
  });
  expect(fixes).toMatchObject([{ title: 'Change to idle' }, { title: 'Remove idel' }]);
});

test('a face that is no editor is promised nothing of it', async () => {
  await using home = new Home();
  await home.connect();
  using command = await editorOf(home, 'cli');
  expect(command.capabilities).toEqual({ textDocumentSync: 0 });
});

import { join } from 'node:path';
import { pathsFor } from '@burnrate/shared/config/paths.ts';
import { type ServedPage, servePage } from '@burnrate/shared/panel/host/serve.ts';
import { keepConnected } from '@burnrate/shared/protocol/client.ts';
import { VERSION } from '@burnrate/shared/protocol/version.ts';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  type MenuItemConstructorOptions,
  type NativeImage,
  Notification,
  nativeImage,
  protocol,
  session,
  shell,
  Tray,
} from 'electron';
import { openUpdates } from './app_updater.ts';
import { autostart, autostartFile, HIDDEN_FLAG, type LoginItem } from './autostart.ts';
import { encodePng } from './bitmap.ts';
import {
  appImageOf,
  collectorLaunch,
  commandOf,
  isCollector,
  type Program,
} from './collector_launch.ts';
import { beCollector } from './collector_mode.ts';
import { jobOfLink, LINK_SCHEME, linkIn } from './deep_link.ts';
import type { MenuItem } from './menu.ts';
import type { Notice } from './notification.ts';
import { mayOpenOutside } from './outside.ts';
import { isOwnPage, isPageUrl, PAGE_CHANNEL, PAGE_SCHEME, PAGE_URL } from './page_channel.ts';
import { pageFiles } from './page_files.ts';
import { PageHost } from './page_host.ts';
import type { Box } from './stop_job.ts';
import { type Shell, TrayFace } from './tray_face.ts';
import { hasTrayHost } from './tray_host.ts';
import { drawTrayIcon, type TrayIcon } from './tray_icon.ts';

// Everything that Electron must do, and nothing else: what to show and what to do is decided in
// the other files, which do not know Electron.

/** As in electron-builder.yml (a test holds them equal): Windows ties notifications to it. */
const APP_ID = 'burnrate.desktop';
/** A page that keeps crashing is not loaded again more often. */
const RELOAD_MS = 2_000;
const isMac = process.platform === 'darwin';
const dist = join(app.getAppPath(), 'dist');
const program: Program = {
  execPath: process.execPath,
  appPath: app.isPackaged ? undefined : app.getAppPath(),
  appImage: appImageOf(process.env, process.execPath),
  noSandbox: app.commandLine.hasSwitch('no-sandbox'),
};

// A home of one's own (the demo, a test) is an app of its own, beside the one that runs already.
const home = process.env.BURNRATE_HOME;
if (home) app.setPath('userData', join(home, 'desktop'));

if (isCollector(process.argv)) void beCollector(app, program, dist);
else if (app.requestSingleInstanceLock()) beTrayApp();
else app.quit();

function beTrayApp(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
  if (process.platform === 'win32') app.setAppUserModelId(APP_ID);
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(({ url }) => {
      if (mayOpenOutside(url)) void shell.openExternal(url);
      return { action: 'deny' };
    });
    contents.on('will-frame-navigate', (event) => {
      if (!isPageUrl(event.url)) event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });
  // A link may come before there is anything to show it.
  let link = linkIn(process.argv);
  let open = (url: string | undefined) => {
    link = url;
  };
  app.on('open-url', (event, url) => {
    event.preventDefault();
    open(url);
  });
  app.on('second-instance', (_event, argv) => open(linkIn(argv)));
  // Without this, Electron quits with its last window; here the window only hides.
  app.on('window-all-closed', () => {});

  const begin = async () => {
    await app.whenReady();
    const { showWindow } = await startTrayApp();
    open = (url) => showWindow((url && jobOfLink(url)) || undefined);
    app.on('activate', () => showWindow());
    const atLogin = isMac && app.getLoginItemSettings().wasOpenedAtLogin;
    const hidden = atLogin || process.argv.includes(HIDDEN_FLAG);
    if (link !== undefined || !hidden || !(await hasTrayHost())) open(link);
  };
  begin().catch((error: unknown) => {
    dialog.showErrorBox('Burnrate could not start', String(error));
    app.exit(1);
  });
}

async function startTrayApp(): Promise<{ showWindow: (jobId?: string) => void }> {
  const paths = pathsFor(process.env);
  const link = keepConnected({
    hello: { face: 'tray', version: VERSION, notifies: Notification.isSupported() },
    paths,
    launch: collectorLaunch(program),
  });
  const page = join(dist, 'panel');
  protocol.handle(PAGE_SCHEME, pageFiles(page));
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) =>
    answer(false),
  );
  session.defaultSession.setPermissionCheckHandler(() => false);
  session.defaultSession.setDevicePermissionHandler(() => false);
  Menu.setApplicationMenu(
    isMac
      ? Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }])
      : null,
  );

  const window = createWindow();
  const host = new PageHost(link, (message) => {
    if (!window.isDestroyed()) window.webContents.send(PAGE_CHANNEL, message);
  });
  ipcMain.on(PAGE_CHANNEL, (event, message: unknown) => {
    const { senderFrame, sender } = event;
    const isMainFrame = senderFrame !== null && senderFrame.parent === null;
    const isOwnWindow = sender.id === window.webContents.id;
    if (isOwnPage({ url: senderFrame?.url, isMainFrame, isOwnWindow })) host.receive(message);
  });
  window.webContents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
    if (isMainFrame && !isSameDocument) host.pageGone();
  });
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    console.error(`The page ended (${reason}); it is loaded again.`);
    setTimeout(() => window.isDestroyed() || window.reload(), RELOAD_MS);
  });
  window.loadURL(PAGE_URL).catch((error) => console.error('The page did not load:', error));
  const showWindow = (jobId?: string) => {
    if (jobId !== undefined) host.show(jobId);
    void app.dock?.show();
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  };

  const tray = new Tray(imageOf({ state: 'offline', level: 0 }));
  // On macOS a click opens the menu by itself.
  if (!isMac) tray.on('click', () => showWindow());
  let served: Promise<ServedPage> | undefined;
  const login = await loginItem();
  const updates = await openUpdates(app, paths.config, {
    ask: (box) => ask(window, box),
    changed: () => face.changed(),
  });
  const trayShell: Shell = {
    setIcon: (icon) => tray.setImage(imageOf(icon)),
    setTitle: (title) => {
      if (isMac) tray.setTitle(title, { fontType: 'monospacedDigit' });
    },
    setToolTip: (text) => tray.setToolTip(text),
    setMenu: (items) => tray.setContextMenu(Menu.buildFromTemplate(templateOf(items))),
    ask: (box) => ask(window, box),
    notify: Notification.isSupported() ? notify : undefined,
    showWindow,
    openInBrowser: async () => {
      served ??= servePage({ link, files: page }).catch((error: unknown) => {
        served = undefined;
        throw error;
      });
      await shell.openExternal((await served).url);
    },
    startsAtLogin: () => login.isOn(),
    setStartsAtLogin: (on) => login.set(on),
    updates,
    quit: () => app.quit(),
  };
  const face = new TrayFace({ link, shell: trayShell, locale: app.getLocale() || 'en-US' });

  function templateOf(items: readonly MenuItem[]): MenuItemConstructorOptions[] {
    return items.map((item) => {
      if (item === 'separator') return { type: 'separator' };
      const { label, does, checked, submenu } = item;
      return {
        label,
        enabled: does !== undefined || submenu !== undefined,
        ...(checked !== undefined && { type: 'checkbox' as const, checked }),
        ...(submenu && { submenu: templateOf(submenu) }),
        ...(does && { click: () => void face.do(does) }),
      };
    });
  }

  /** Kept until they are gone: one that is collected as garbage no longer hears its clicks. */
  const notifications = new Set<Notification>();
  function notify({ title, body, urgency, click, buttons }: Notice): void {
    const actions = buttons.map(({ text }) => ({ type: 'button' as const, text }));
    const shown = new Notification({ title, body, urgency, actions });
    notifications.add(shown);
    shown.on('click', () => void face.do(click));
    shown.on('action', ({ actionIndex }) => {
      const button = buttons[actionIndex];
      if (button) void face.do(button.does);
    });
    shown.on('close', () => notifications.delete(shown));
    shown.on('failed', (_event, error) => console.error(`No notification: ${error}: ${title}`));
    shown.show();
  }
  return { showWindow };
}

/** The one window: made once, hidden when it is closed, and gone when the app quits. */
function createWindow(): BrowserWindow {
  const window = new BrowserWindow({
    width: 980,
    height: 780,
    minWidth: 380,
    minHeight: 360,
    show: false,
    title: 'Burnrate',
    autoHideMenuBar: true,
    webPreferences: {
      preload: join(dist, 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  });
  let quits = false;
  app.on('before-quit', () => {
    quits = true;
  });
  window.on('close', (event) => {
    if (quits) return;
    event.preventDefault();
    window.hide();
    app.dock?.hide();
    // Where no tray shows the icon, nothing could bring a hidden window back.
    void hasTrayHost().then((has) => {
      if (!has) app.quit();
    });
  });
  return window;
}

/** A sheet of the window where that is open; the tray's menu opens it where it is not. */
async function ask(window: BrowserWindow, { type, message, detail, buttons }: Box) {
  const options = { type, message, detail, buttons, defaultId: 0, cancelId: 0, noLink: true };
  if (isMac) app.focus({ steal: true });
  const { response } = window.isVisible()
    ? await dialog.showMessageBox(window, options)
    : await dialog.showMessageBox({ title: 'Burnrate', ...options });
  return response;
}

/** Sharp at each scale that desktops use; on macOS a template image, at 1x and 2x. */
function imageOf(icon: TrayIcon): NativeImage {
  const image = nativeImage.createEmpty();
  for (const scaleFactor of isMac ? [1, 2] : [1, 1.25, 1.5, 2]) {
    const png = encodePng(drawTrayIcon(icon, 16 * scaleFactor, isMac));
    const dataURL = `data:image/png;base64,${png.toString('base64')}`;
    image.addRepresentation({ scaleFactor, dataURL });
  }
  image.setTemplateImage(isMac);
  return image;
}

/** Undefined where there is none: in development there is no program to start. */
async function loginItem(): Promise<LoginItem> {
  if (!app.isPackaged) return { isOn: () => undefined, set: () => {} };
  if (process.platform === 'linux') {
    const { command, args } = commandOf(program);
    return autostart(autostartFile(process.env), [command, ...args, HIDDEN_FLAG]);
  }
  const args = [HIDDEN_FLAG];
  return {
    isOn: () => app.getLoginItemSettings({ args }).openAtLogin,
    set: (openAtLogin) => app.setLoginItemSettings({ openAtLogin, args }),
  };
}

import { contextBridge, ipcRenderer } from 'electron';
import { pageBridge } from './page_channel.ts';

contextBridge.exposeInMainWorld('burnrate', pageBridge(ipcRenderer));

import { render } from 'preact';
import { App } from './app.tsx';
import './panel.css';
import { Session } from './session.ts';
import { followTheme } from './theme.ts';
import { chooseBridge } from './transport.ts';

followTheme();
const page = document.getElementById('page');
if (!page) throw new Error('the page has no place to draw in');
page.replaceChildren();
document.documentElement.lang = navigator.language;
render(<App session={new Session(chooseBridge())} />, page);

/** The look of a report that is sent to somebody: on screen, in the dark, and on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f5f6f8, #111318); --surface: light-dark(#ffffff, #191c22);
  --ink: light-dark(#16181d, #eceef2); --quiet: light-dark(#575e6b, #9fa7b4);
  --line: light-dark(#e2e5ea, #2a2f38); --flame: light-dark(#d9480f, #ff8b3d);
  --s0: light-dark(#2f6fde, #4f8bf0); --s1: light-dark(#ef8a2b, #f2994a);
  --s2: light-dark(#1fa37c, #35b48c); --s3: light-dark(#8f63d6, #a27ee6);
  --s4: light-dark(#d94f86, #e56f9d); --s5: light-dark(#c0a423, #cdb33c);
  --s6: light-dark(#7d8694, #8791a0);
  --billed: light-dark(#1f7a4d, #3fae78); --quoted: light-dark(#2f6fde, #5b93f2);
  --calibrated: light-dark(#8f63d6, #a684ea); --list: light-dark(#b3b9c4, #5c6470);
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 40px 20px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 960px; margin: 0 auto; }
header { display: flex; flex-wrap: wrap; gap: 8px 32px; align-items: end; margin-bottom: 24px; }
header > div { flex: 1 1 300px; }
h1 { font-size: 15px; font-weight: 600; margin: 0; color: var(--quiet); }
h2 { font-size: 15px; margin: 0 0 12px; }
.total small { font-size: 20px; font-weight: 500; color: var(--quiet); letter-spacing: 0; }
.total { font-size: 48px; line-height: 1.1; font-weight: 700; color: var(--flame); letter-spacing: -0.02em; }
p { margin: 0; }
.quiet { color: var(--quiet); }
section { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 20px; margin-bottom: 20px; }
.facts { margin: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 16px; }
.facts dt { color: var(--quiet); font-size: 13px; }
.facts dd { margin: 0; font-size: 22px; font-weight: 600; }
.facts small { font-size: 13px; font-weight: 400; color: var(--quiet); }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--quiet); font: 11px system-ui, sans-serif; }
svg line { stroke: var(--line); }
.f0 { fill: var(--s0); background: var(--s0); } .f1 { fill: var(--s1); background: var(--s1); }
.f2 { fill: var(--s2); background: var(--s2); } .f3 { fill: var(--s3); background: var(--s3); }
.f4 { fill: var(--s4); background: var(--s4); } .f5 { fill: var(--s5); background: var(--s5); }
.f6 { fill: var(--s6); background: var(--s6); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 12px 0 0; padding: 0; list-style: none; font-size: 13px; }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; }
.bar { height: 14px; border-radius: 7px; overflow: hidden; }
.p-billed { fill: var(--billed); background: var(--billed); } .p-quoted { fill: var(--quoted); background: var(--quoted); }
.p-calibrated { fill: var(--calibrated); background: var(--calibrated); } .p-list { fill: var(--list); background: var(--list); }
.note { margin-top: 10px; font-size: 13px; color: var(--quiet); }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 8px 40px; align-items: start; }
caption { text-align: left; font-size: 12px; color: var(--quiet); padding-bottom: 6px; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-size: 12px; font-weight: 500; color: var(--quiet); padding: 0 12px 6px 0; }
td { border-top: 1px solid var(--line); padding: 8px 12px 8px 0; vertical-align: middle; }
.rows { overflow: hidden; }
tbody th { font-size: inherit; color: inherit; border-top: 1px solid var(--line); padding: 8px 12px 8px 0; overflow-wrap: anywhere; min-width: 110px; }
td:first-child { font-weight: 500; overflow-wrap: anywhere; }
td:last-child, th:last-child { padding-right: 0; }
td small { font-size: 12px; color: var(--quiet); white-space: nowrap; }
tfoot th, tfoot td { border-top: 2px solid var(--line); padding: 10px 12px 0 0; font-size: inherit; font-weight: 600; color: inherit; }
.number { text-align: right; white-space: nowrap; }
.share { width: 160px; height: 8px; border-radius: 4px; overflow: hidden; } .track { fill: var(--line); }
footer { font-size: 13px; color: var(--quiet); }
footer p { margin-bottom: 6px; }
@page { margin: 16mm 14mm; }
@media print {
  :root { color-scheme: light; }
  body { padding: 0; background: none; font-size: 11px; }
  main { max-width: none; }
  section { break-inside: avoid; border: 0; border-top: 1px solid #ccc; border-radius: 0; padding: 14px 0 0; margin-bottom: 14px; }
  .rows { break-inside: auto; overflow: visible; } .scroll { overflow: visible; }
  small, th, caption, .facts dt, .legend, .note, footer { font-size: 10px !important; } h2 { font-size: 12px; }
  .facts { grid-template-columns: repeat(auto-fit, minmax(100px, 1fr)); }
  .total { font-size: 34px; } .total small { font-size: 15px !important; } .facts dd { font-size: 16px; } .facts { gap: 10px; }
  thead { display: table-header-group; } tr { break-inside: avoid; } h2 { break-after: avoid; }
  .share { width: 70px; } tbody th, td { padding: 4px 8px 4px 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

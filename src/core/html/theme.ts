/**
 * Colours for a light and a dark surface, and the type that all pages share. Pages add what is their
 * own behind it. Series of charts are `--series-1` to `--series-6`; what is good, wants a look and is
 * bad has a colour and, beside it, always a word.
 */
export const theme = `
:root {
  color-scheme: light dark;
  --surface: #fbfbf9; --raised: #fff; --sunken: #f0f0ec; --line: #dcdcd5;
  --ink: #16181d; --ink-soft: #555b66; --link: #1753b5;
  --good: #14713a; --good-wash: #e4f4e9; --warn: #8a5300; --warn-wash: #fdf1da;
  --bad: #b3261e; --bad-wash: #fce8e6;
  --series-1: #2a6fdb; --series-2: #178f7a; --series-3: #b5760a; --series-4: #7b4fc9;
  --series-5: #c23b4b; --series-6: #7d8590;
}
@media (prefers-color-scheme: dark) {
  :root {
    --surface: #14161a; --raised: #1c1f25; --sunken: #23272e; --line: #363c46;
    --ink: #e9ebee; --ink-soft: #a6adb8; --link: #8db8ff;
    --good: #6fd596; --good-wash: #16321f; --warn: #f0b95c; --warn-wash: #382a11;
    --bad: #ff8e85; --bad-wash: #401c19;
    --series-1: #5b96f5; --series-2: #35b79e; --series-3: #dba03a; --series-4: #a583ec;
    --series-5: #ec6d7a; --series-6: #8d95a1;
  }
}
@media print {
  :root {
    color-scheme: light;
    --surface: #fff; --raised: #fff; --sunken: #f3f3f0; --line: #c9c9c2;
    --ink: #000; --ink-soft: #444; --link: #000;
    --good: #14713a; --good-wash: #eef7f1; --warn: #8a5300; --warn-wash: #fdf6e8;
    --bad: #b3261e; --bad-wash: #fdf0ef;
    --series-1: #2a6fdb; --series-2: #178f7a; --series-3: #b5760a; --series-4: #7b4fc9;
    --series-5: #c23b4b; --series-6: #7d8590;
  }
}
* { box-sizing: border-box; }
html { background: var(--surface); color: var(--ink); -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, "Liberation Mono", monospace; font-size: .9em; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0 0 .4rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th[scope=row] { overflow-wrap: anywhere; }
.wide th[scope=row] { overflow-wrap: break-word; }
.nowrap { white-space: nowrap; }
thead th, thead td { color: var(--ink-soft); font-weight: 600; font-size: .85rem; border-bottom-color: var(--ink-soft); }
tbody th { font-weight: 500; }
th.number, td.number { text-align: right; white-space: nowrap; }
.scroll { overflow-x: auto; }
.soft { color: var(--ink-soft); }
.badge { display: inline-block; padding: .05rem .5rem; border-radius: 1rem; font-size: .85rem; font-weight: 600; white-space: nowrap; background: var(--sunken); color: var(--ink-soft); }
.badge.good { background: var(--good-wash); color: var(--good); }
.badge.warn { background: var(--warn-wash); color: var(--warn); }
.badge.bad { background: var(--bad-wash); color: var(--bad); }
figure { margin: 0; }
figcaption { font-weight: 600; margin-bottom: .4rem; }
svg.chart { display: block; width: 100%; overflow: visible; }
svg.chart text { fill: var(--ink); font: 13px/1 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
svg.chart text.soft { fill: var(--ink-soft); font-size: 12px; }
svg.chart .track { fill: var(--sunken); }
svg.chart .axis { stroke: var(--line); stroke-width: 1; }
.series-1 { fill: var(--series-1); background: var(--series-1); }
.series-2 { fill: var(--series-2); background: var(--series-2); }
.series-3 { fill: var(--series-3); background: var(--series-3); }
.series-4 { fill: var(--series-4); background: var(--series-4); }
.series-5 { fill: var(--series-5); background: var(--series-5); }
.series-6 { fill: var(--series-6); background: var(--series-6); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; margin: .3rem 0 .6rem; padding: 0; font-size: .85rem; color: var(--ink-soft); }
.swatch { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; margin-right: .35rem; vertical-align: -.05rem; }
@media print {
  html { font-size: 9.5pt; }
  th, td { padding-block: .25rem; }
  a { text-decoration: none; }
  thead { display: table-header-group; }
  tr, figure, h1, h2, h3 { break-inside: avoid; }
  h1, h2, h3, caption { break-after: avoid; }
  .scroll { overflow: visible; }
  .series-1, .series-2, .series-3, .series-4, .series-5, .series-6, .badge, .track { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
`

import { createHash } from 'node:crypto'
import { theme } from '../html/theme.ts'

/** The whole stylesheet of the console; the policy of its pages names it by its digest. */
export const styles = `${theme}
html { scroll-padding-top: 1rem; }
body { display: flex; flex-direction: column; min-height: 100vh; }
.skip { position: absolute; left: -99rem; top: .5rem; padding: .4rem .8rem; background: var(--raised); border-radius: .4rem; }
.skip:focus { left: .5rem; z-index: 2; }
header.site { background: var(--raised); border-bottom: 1px solid var(--line); }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1rem; padding: .7rem 0; }
.wide { width: 100%; max-width: 74rem; margin: 0 auto; padding-left: max(1rem, env(safe-area-inset-left)); padding-right: max(1rem, env(safe-area-inset-right)); }
.brand { display: inline-flex; align-items: center; gap: .5rem; font-weight: 650; letter-spacing: -.01em; color: var(--ink); text-decoration: none; font-size: 1.05rem; }
.brand svg { width: 1.5rem; height: 1.5rem; display: block; }
.brand .plate { fill: var(--link); }
.brand .stroke { fill: none; stroke: var(--raised); stroke-width: 2.4; stroke-linecap: round; stroke-linejoin: round; }
.chips { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; min-width: 0; }
.who { margin-left: auto; display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .8rem; font-size: .85rem; color: var(--ink-soft); min-width: 0; overflow-wrap: anywhere; }
.who form { margin: 0; }
nav.site { overflow-x: auto; }
nav.site ul { display: flex; gap: .2rem; list-style: none; margin: 0; padding: 0; }
nav.site a { display: block; padding: .5rem .8rem .55rem; color: var(--ink-soft); text-decoration: none; border-bottom: 2px solid transparent; white-space: nowrap; font-size: .93rem; }
nav.site a:hover { color: var(--ink); background: var(--sunken); border-radius: .35rem .35rem 0 0; }
nav.site a[aria-current] { color: var(--ink); border-bottom-color: var(--link); font-weight: 600; }
nav.site a:focus-visible { outline-offset: -2px; }
main { flex: 1; overflow-wrap: anywhere; padding-top: 1.6rem; padding-bottom: 3rem; }
main > h1 { font-size: 1.65rem; letter-spacing: -.015em; margin: 0 0 .3rem; overflow-wrap: anywhere; }
.lead { color: var(--ink-soft); margin: 0 0 1.4rem; max-width: 48rem; }
h2 { font-size: 1.12rem; margin: 2rem 0 .7rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
footer.site { border-top: 1px solid var(--line); color: var(--ink-soft); font-size: .82rem; padding: .9rem 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13.5rem), 1fr)); gap: .8rem; margin: 0 0 1.2rem; padding: 0; list-style: none; }
.tile { background: var(--raised); border: 1px solid var(--line); border-radius: .6rem; padding: .85rem 1rem .9rem; min-width: 0; }
.tile .name { color: var(--ink-soft); font-size: .85rem; }
.tile .value { font-size: 1.5rem; font-weight: 620; letter-spacing: -.02em; line-height: 1.25; overflow-wrap: anywhere; }
.tile .note { color: var(--ink-soft); font-size: .85rem; overflow-wrap: anywhere; }
.tile.good { border-left: 4px solid var(--good); } .tile.warn { border-left: 4px solid var(--warn); } .tile.bad { border-left: 4px solid var(--bad); }
.card { background: var(--raised); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.15rem; margin: 0 0 1rem; min-width: 0; }
.card > :first-child { margin-top: 0; } .card > :last-child { margin-bottom: 0; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; align-items: start; }
.table-card { background: var(--raised); border: 1px solid var(--line); border-radius: .6rem; padding: .2rem 1rem .3rem; margin: 0 0 1rem; }
.table-card caption { padding: .6rem 0 .3rem; }
.table-card thead th { padding-top: .6rem; }
.table-card tbody tr:last-child > * { border-bottom: 0; }
.table-card tbody tr:hover { background: color-mix(in srgb, var(--sunken) 55%, transparent); }
.sub { color: var(--ink-soft); font-size: .85rem; font-weight: 400; } .stack .sub, .tile .sub { display: block; }
.stack code[title] { white-space: nowrap; }
.stack td:has(ul.paths) { min-width: 14rem; }
ul.checks { list-style: none; margin: 0 0 .5rem; padding: 0; display: grid; gap: .3rem; }
time { white-space: nowrap; }
.empty { color: var(--ink-soft); background: var(--raised); border: 1px dashed var(--line); border-radius: .6rem; padding: 1.4rem 1.2rem; margin: 0 0 1rem; }
.notice { border-radius: .6rem; padding: .7rem 1rem; margin: 0 0 1rem; background: var(--sunken); overflow-wrap: anywhere; }
.notice.warn { background: var(--warn-wash); color: var(--warn); } .notice.bad { background: var(--bad-wash); color: var(--bad); } .notice.good { background: var(--good-wash); color: var(--good); }
.notice p { margin: 0; } .notice ul { margin: .3rem 0 0; padding-left: 1.2rem; }
form.filters { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 10.5rem), 1fr)); gap: .7rem .9rem; align-items: end; margin: 0 0 1.2rem; padding: .9rem 1rem 1rem; background: var(--raised); border: 1px solid var(--line); border-radius: .6rem; }
label { display: block; font-size: .85rem; font-weight: 600; margin-bottom: .2rem; }
input, select, textarea, button { font: inherit; color: inherit; }
input:not([type=hidden]), select, textarea { width: 100%; min-width: 0; padding: .42rem .6rem; background: var(--surface); border: 1px solid var(--ink-soft); border-radius: .4rem; }
textarea { resize: vertical; font-family: ui-monospace, SFMono-Regular, Menlo, "Liberation Mono", monospace; font-size: .85rem; }
button, .button { display: inline-block; padding: .42rem 1rem; border-radius: .4rem; border: 1px solid var(--link); background: var(--link); color: var(--raised); font-weight: 600; text-decoration: none; cursor: pointer; }
button.plain { background: transparent; color: var(--link); padding: .15rem .6rem; font-weight: 500; }
.actions { display: flex; gap: .9rem; align-items: center; flex-wrap: wrap; }
.pages { display: flex; gap: 1rem; flex-wrap: wrap; align-items: center; margin: 1rem 0; }
dl.facts { display: grid; grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr); gap: .3rem 1.2rem; margin: 0; }
dl.facts dt { color: var(--ink-soft); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
ol.steps { list-style: none; margin: 1.4rem 0 0; padding: 0; counter-reset: step; }
ol.steps > li { counter-increment: step; position: relative; padding: 0 0 1.4rem 3.1rem; min-width: 0; }
ol.steps > li::before { content: counter(step); position: absolute; left: 0; top: -.15rem; width: 2rem; height: 2rem; border-radius: 50%; background: var(--raised); border: 1.5px solid var(--line); color: var(--ink-soft); font-weight: 650; font-size: .9rem; display: flex; align-items: center; justify-content: center; z-index: 1; }
ol.steps > li::after { content: ""; position: absolute; left: 1rem; top: 1.9rem; bottom: .1rem; border-left: 1.5px solid var(--line); }
ol.steps > li:last-child { padding-bottom: .4rem; } ol.steps > li:last-child::after { display: none; }
ol.steps > li.good::before { border-color: var(--good); color: var(--good); background: var(--good-wash); }
ol.steps > li.bad::before { border-color: var(--bad); color: var(--bad); background: var(--bad-wash); }
ol.steps > li.warn::before { border-color: var(--warn); color: var(--warn); background: var(--warn-wash); }
ol.steps h2 { margin: 0 0 .35rem; font-size: 1.05rem; padding-top: .1rem; }
ol.steps p { margin: 0 0 .5rem; max-width: 46rem; }
.verdict { display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: center; margin: 0 0 .4rem; }
.verdict .badge { font-size: .95rem; padding: .2rem .8rem; }
ul.paths { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .3rem; }
ul.paths code { background: var(--sunken); padding: .1rem .45rem; border-radius: .3rem; }
.diff td, .diff th { font-size: .9rem; }
.diff .was { color: var(--bad); } .diff .is { color: var(--good); }
.diff ins, .diff del { text-decoration: none; }
ul.timeline { list-style: none; padding: 0; margin: 0; }
ul.timeline li { display: grid; grid-template-columns: minmax(0, 13rem) minmax(0, 1fr); gap: 0 1rem; padding: .35rem 0; border-bottom: 1px solid var(--line); }
ul.timeline li:last-child { border-bottom: 0; }
details summary { cursor: pointer; padding: .3rem 0; color: var(--link); }
.narrow { max-width: 34rem; margin: 1rem auto 0; }
@media (max-width: 44rem) {
  main > h1 { font-size: 1.4rem; }
  .who { margin-left: 0; width: 100%; justify-content: space-between; }
  .stack thead { position: absolute; clip-path: inset(50%); height: 1px; width: 1px; overflow: hidden; }
  .stack, .stack tbody, .stack tr, .stack td, .stack th, .stack caption { display: block; }
  .stack tr { padding: .6rem 0; border-bottom: 1px solid var(--line); }
  .stack tbody tr:last-child { border-bottom: 0; }
  .stack td, .stack tbody th { border: 0; padding: .12rem 0; display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .6rem; text-align: left; }
  .stack td.number { text-align: left; white-space: normal; }
  .stack td::before, .stack tbody th::before { content: attr(data-label); color: var(--ink-soft); font-size: .85rem; font-weight: 400; padding-top: .08rem; }
  dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; } dl.facts dd { margin-bottom: .5rem; }
  ol.steps > li { padding-left: 2.6rem; } ol.steps > li::before { width: 1.7rem; height: 1.7rem; } ol.steps > li::after { left: .85rem; top: 1.6rem; }
  ul.timeline li { grid-template-columns: minmax(0, 1fr); }
  .stack td:has(ul.paths) { min-width: 0; }
  time { white-space: normal; }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5rem), 1fr)); } .tile .value { font-size: 1.25rem; }
}
@media (forced-colors: active) { .badge, .tile, ol.steps > li::before { border: 1px solid; } }
`

const digest = createHash('sha256').update(styles, 'utf8').digest('base64')

/** Nothing runs, nothing is loaded but the icon, nothing is framed, and forms lead nowhere else. */
export const consolePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${digest}'`,
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

import { theme } from '../html/theme.ts'

/** Of the page of a report. */
export const pageStyles = `${theme}
main, .top, .foot { max-width: 66rem; margin: 0 auto; padding: 0 1.25rem; }
.top { padding-top: 2.5rem; }
.top h1 { margin: 0 0 .3rem; font-size: 1.9rem; }
.top .soft { margin: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; list-style: none; margin: 1.2rem 0 0; padding: .7rem 0; border-block: 1px solid var(--line); font-size: .95rem; }
section { margin: 2.6rem 0 0; }
section > h2 { margin: 0 0 .6rem; font-size: 1.35rem; }
section > h3, .split h3 { margin: 1.6rem 0 .5rem; font-size: 1.05rem; }
section > p { max-width: 46rem; }
.notice { margin: 1rem 0; padding: .7rem 1rem; border-left: 4px solid var(--warn); background: var(--warn-wash); border-radius: .2rem; }
.notice p { margin: .2rem 0; }
.standings { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1rem; margin: 1.2rem 0; }
.standing { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.1rem; }
.standing h3 { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .3rem .6rem; margin: 0; font-size: 1.02rem; }
.standing p { margin: .35rem 0 0; font-size: .93rem; color: var(--ink-soft); }
.standing ul { margin: .6rem 0 0; padding-left: 1.1rem; font-size: .93rem; overflow-wrap: anywhere; }
.standing li + li { margin-top: .3rem; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: .7rem; margin: 1.2rem 0; padding: 0; list-style: none; }
.tile { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; }
.tile b { display: block; font-size: 1.55rem; line-height: 1.25; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile span { font-size: .87rem; color: var(--ink-soft); }
.tile.unknown b { font-size: 1.05rem; line-height: 1.95rem; color: var(--ink-soft); }
.tile.bad b { color: var(--bad); }
.tile.warn b { color: var(--warn); }
.card { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.1rem; margin: 1rem 0; }
.split { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 0 2.5rem; }
.split > div, .split > figure { min-width: 0; }
details { margin: .8rem 0; }
summary { cursor: pointer; color: var(--link); }
td.meter { width: 38%; padding-right: 0; }
td.meter svg { display: block; width: 100%; height: .7rem; margin-top: .45rem; }
.grant h3 { display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: center; margin: 0 0 .7rem; font-size: 1.05rem; overflow-wrap: anywhere; }
.grant h4 { margin: 1.1rem 0 .3rem; font-size: .95rem; }
.grant blockquote { margin: .4rem 0 .9rem; padding: .1rem 0 .1rem .9rem; border-left: 3px solid var(--line); }
.grant blockquote p { margin: .2rem 0; overflow-wrap: anywhere; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0; font-size: .95rem; }
dl.facts dt { color: var(--ink-soft); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.use { border-top: 1px solid var(--line); padding-top: .7rem; margin-top: .9rem; }
.use > p { margin: .2rem 0; overflow-wrap: anywhere; }
.diff td { font-size: .9rem; }
.control > p { margin: .2rem 0 .8rem; max-width: 46rem; }
.control h3 { margin: 0; font-size: 1.05rem; }
.control ul { margin: .3rem 0 .8rem; padding-left: 1.1rem; }
.control li { margin: .35rem 0; }
.foot { margin-top: 3rem; padding-bottom: 3rem; font-size: .9rem; color: var(--ink-soft); }
.small { font-size: .92rem; }
@media (max-width: 34rem) {
  .top { padding-top: 1.5rem; }
  .top h1 { font-size: 1.5rem; }
  .tiles { grid-template-columns: repeat(2, 1fr); }
  .tile b { font-size: 1.3rem; }
  dl.facts { grid-template-columns: 1fr; gap: 0; }
  dl.facts dd { margin-bottom: .45rem; }
  table.wide { min-width: 38rem; }
  .diff table { min-width: 30rem; }
  td.meter { width: 24%; }
}
@media print {
  @page { margin: 16mm 14mm; }
  main, .top, .foot { max-width: none; padding: 0; }
  .top { padding-top: 0; }
  nav, summary { display: none; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
  section { margin-top: 1.6rem; }
  .standing, .tile, .use, .control { break-inside: avoid; }
  .card:not(.control) { break-inside: auto; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
  .tile b { font-size: 1.25rem; }
}
`

// The report's style sheet: one column, cards first, ink on paper; dark where the reader's device asks for
// it.
#pragma once

#include <string_view>

namespace gatehouse::lodge {

inline constexpr std::string_view kReportStyle = R"css(
:root{--paper:#fbfaf6;--sheet:#fff;--ink:#1b2430;--soft:#5a6472;--faint:#8b939e;--rule:#dcdad2;--tint:#f3f1ea;
--act:#a3201f;--week:#8f5a00;--good:#256b43;--delib:#a3201f;--unclear:#d39a3a;--back:#c3c7cc;--accent:#1f4e5f}
@media (prefers-color-scheme:dark){:root{--paper:#12161b;--sheet:#1a2027;--ink:#e8e6e0;--soft:#a9b0b8;--faint:#7d858e;
--rule:#303841;--tint:#222a32;--act:#ff8a7d;--week:#eab45c;--good:#7cc79b;--delib:#f2796c;--unclear:#d9a548;--back:#535c66;--accent:#8cc3d6}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 -apple-system,"Segoe UI",Roboto,Inter,"Liberation Sans",Arial,sans-serif;
overflow-wrap:break-word}
main{max-width:44rem;margin:0 auto;padding:1.25rem 1rem 3rem}
h1,h2,h3,.verdict b{font-family:"Iowan Old Style",Charter,"Source Serif 4",Cambria,Georgia,"Liberation Serif",serif;font-weight:600;line-height:1.2}
h1{font-size:1.75rem;margin:.1rem 0 .15rem;letter-spacing:-.01em}
h2{font-size:1.3rem;margin:2.4rem 0 .7rem;padding-top:.7rem;border-top:1px solid var(--rule)}
h3{font-size:1.35rem;margin:.15rem 0 .1rem}
p{margin:.4rem 0}
.small{font-size:.85rem;color:var(--soft)}
.over{font-size:.72rem;letter-spacing:.09em;text-transform:uppercase;color:var(--soft);margin:0}
.top{display:flex;justify-content:space-between;gap:1rem}
.verdict{margin:1.1rem 0 1.3rem;padding:.9rem 1.1rem 1rem;border-radius:.35rem;border-left:.4rem solid var(--edge);background:var(--sheet);
box-shadow:0 0 0 1px var(--rule)}
.verdict b{display:block;font-size:1.55rem;color:var(--edge);letter-spacing:-.005em}
.verdict p{margin:.25rem 0 0}
.verdict .caution{margin-top:.6rem;padding-top:.6rem;border-top:1px solid var(--rule);font-weight:600}
.v-act{--edge:var(--act)}.v-week{--edge:var(--week)}.v-good{--edge:var(--good)}
.v-cannot{--edge:var(--ink);background:var(--ink);color:var(--paper)}.v-cannot b{color:var(--paper)}
h2.first{border:0;padding:0;margin:1.4rem 0 .4rem}
.checks{margin:0;display:grid;grid-template-columns:auto 1fr;gap:.32rem .7rem;font-size:.93rem;line-height:1.42}
.checks dt{font-weight:600;white-space:nowrap}
.checks dt:before{content:"";display:inline-block;width:.62em;height:.62em;border-radius:50%;margin-right:.5em;background:var(--good)}
.checks .note:before{background:none;box-shadow:inset 0 0 0 2px var(--faint)}
.checks .bad:before{background:var(--act);border-radius:0;transform:rotate(45deg) scale(.92)}
.checks dd{margin:0}
.checks dd.bad{color:var(--act)}
.card{background:var(--sheet);box-shadow:0 0 0 1px var(--rule);border-top:.25rem solid var(--week);border-radius:.3rem;padding:.85rem 1.1rem 1rem;margin:1rem 0}
.card.today{border-top-color:var(--act)}
.tag{font-size:.72rem;letter-spacing:.09em;text-transform:uppercase;font-weight:700;color:var(--week);margin:0}
.today .tag{color:var(--act)}
.card h3 span{display:inline-block;font:400 .92rem/1.3 -apple-system,"Segoe UI",Roboto,Inter,"Liberation Sans",Arial,sans-serif;color:var(--soft)}
.meta{color:var(--soft);font-size:.93rem;margin:0 0 .6rem}
.meta b{color:var(--ink)}
.what{font-size:1.05rem;line-height:1.45}
.host{font:.9rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;overflow-wrap:anywhere}
.host span{display:inline-block;max-width:100%}
.judged{display:flex;flex-wrap:wrap;align-items:center;gap:.1rem .8rem;margin:.7rem 0 .2rem}
.judged b{white-space:nowrap}
.meter{width:9.4rem;height:.7rem}
.why{margin:.1rem 0 .8rem;padding-left:1.1rem}
.facts{margin:0;font-size:.93rem;display:grid;grid-template-columns:8.5rem 1fr;gap:.4rem .9rem}
.facts dt{color:var(--soft)}.facts dd{margin:0}
.step{margin:.95rem 0 0;padding:.65rem .8rem .7rem;background:var(--tint);border-radius:.25rem}
.step b{display:block;font-size:.72rem;letter-spacing:.09em;text-transform:uppercase;color:var(--accent)}
.rec{font-size:.75rem;color:var(--faint);margin:.7rem 0 0;overflow-wrap:anywhere}
.index{list-style:none;margin:.2rem 0 1.2rem;padding:0;counter-reset:n;font-size:.93rem}
.index li{counter-increment:n;display:grid;grid-template-columns:1.4rem 1fr;padding:.34rem 0;border-top:1px solid var(--rule)}
.index li:first-child{border-top:0}
.index li:before{content:counter(n);font-weight:700;color:var(--week)}.index li.today:before{color:var(--act)}
.index span{color:var(--soft)}
.glance{margin:0 0 1.4rem;padding-top:.8rem;border-top:1px solid var(--rule)}
.plain-table td,.plain-table th{text-align:left;padding-left:0;padding-right:1rem}
figure{margin:0;break-inside:avoid}
.none{color:var(--soft)}
.rows{list-style:none;margin:.6rem 0 0;padding:0}
.rows li{padding:.6rem 0;border-top:1px solid var(--rule)}
.rows li p{margin:.1rem 0}
.tight li{padding:.4rem 0}.urgent b{color:var(--act)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.45rem 0 .45rem .6rem;border-top:1px solid var(--rule);vertical-align:top}
thead th{border:0;font-size:.75rem;font-weight:500;color:var(--soft);vertical-align:bottom;line-height:1.2}
tbody th{text-align:left;font-weight:600;padding-left:0}
tbody th span{display:block;font-weight:400;font-size:.78rem;color:var(--soft)}
tr.zero td,tr.zero th{color:var(--faint);font-weight:400}
td.delib{font-weight:700;color:var(--delib)}
td.back{color:var(--soft)}
svg{display:block;overflow:visible}
.hours{width:100%;max-width:33rem;margin:.6rem 0 .3rem}
.strip{width:7.5rem;height:.75rem;margin:.2rem 0 .1rem}
.grid{stroke:var(--rule);stroke-width:1}.base{stroke:var(--soft);stroke-width:1}
.num,.hour{font-size:14px;fill:var(--soft)}.num{text-anchor:end}.hour{text-anchor:middle}
.b-delib{fill:var(--delib)}.b-unclear{fill:var(--unclear)}.b-back{fill:var(--back)}
.halo{stroke:var(--paper);stroke-width:4}.usual{stroke:var(--ink);stroke-width:1.5}
.band{stroke:var(--faint);stroke-width:4;stroke-linecap:round}.dot{fill:var(--ink)}.dot.out{fill:var(--act)}
.fill{stroke:var(--ink);stroke-width:2}.meter .grid{stroke-width:2}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.8rem;color:var(--soft);margin:.1rem 0 .6rem;padding:0;list-style:none}
.key i{display:inline-block;width:.7em;height:.7em;margin-right:.4em;vertical-align:-.02em}
.key .u{height:2px;vertical-align:.25em;width:1.1em;background:var(--ink)}
.plain{padding-left:1.1rem;margin:.5rem 0}.plain li{margin:.3rem 0}
.words dt{font-weight:600}.words dd{margin:0 0 .5rem}
.words,.duty{font-size:.9rem}
footer{margin-top:2rem;padding-top:.8rem;border-top:1px solid var(--rule);font-size:.8rem;color:var(--soft)}
@media (max-width:34rem){main{padding:1rem .9rem 2.5rem}h1{font-size:1.5rem}.verdict b{font-size:1.35rem}
.checks{display:block}.checks dd{margin:0 0 .45rem 1.12em}.facts{display:block}.facts dt{font-size:.8rem}.facts dd{margin:0 0 .5rem}
th,td{padding-left:.4rem}thead th{font-size:.7rem}.card{padding:.8rem .9rem .9rem}}
@media print{:root{--paper:#fff;--sheet:#fff;--ink:#000;--soft:#444;--faint:#777;--rule:#bbb;--tint:#f2f2f2;--act:#8f1414;--week:#7a4d00;--good:#1f5c39;
--delib:#8f1414;--unclear:#d39a3a;--back:#c3c7cc;--accent:#1f4e5f}
@page{size:A4;margin:16mm 18mm 18mm}
html{font-size:8.8pt}main{max-width:none;padding:0}.card,.rows li,tr,.verdict,svg{break-inside:avoid}h2,h3{break-after:avoid}h2{margin-top:1.6rem}
.v-cannot{background:none;color:#000;box-shadow:inset 0 0 0 2px #000}.v-cannot b{color:#000}
.b-delib,.b-unclear,.b-back,.step,.dot,.checks dt:before{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.card,.verdict{box-shadow:none;border:1px solid var(--rule)}.verdict{border-left:.4rem solid var(--edge)}
.card{border-top:.25rem solid var(--week);margin:.8rem 0;padding:.6rem 1rem .7rem}.card.today{border-top-color:var(--act)}.facts{display:grid;grid-template-columns:7.6rem 1fr 7.6rem 1fr;gap:.3rem .8rem}.facts dt{font-size:1em}
.facts dd{margin:0}.checks{display:grid}.checks dd{margin:0}.words{columns:2;column-gap:2rem}.words dt{break-after:avoid}.words dd{break-inside:avoid}
.hours{max-width:26rem}.step{margin-top:.7rem}.why{margin-bottom:.6rem}}
)css";

}  // namespace gatehouse::lodge

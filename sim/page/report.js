/* Draws the report's charts with Plotly from the JSON in #data, in the colors of the page's theme. */
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash"];
  const FEW = 20;
  const byId = (id) => document.getElementById(id);
  const narrow = () => document.documentElement.clientWidth < 640;
  let forced = null; // the width while printing

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  }

  function short(text, most) {
    return text.length > most ? text.slice(0, most - 1) + "…" : text;
  }

  /* Plotly reads a little HTML in texts; names are not meant as such. */
  function plain(text) {
    return String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  function seconds(s) {
    if (s === null || s === undefined) return "–";
    if (s < 10) return (Math.round(s * 10) / 10) + " s";
    if (s < 600) return Math.round(s) + " s";
    if (s < 7200) return (Math.round(s / 6) / 10) + " min";
    return (Math.round(s / 360) / 10) + " h";
  }

  function percent(x) {
    return x === null || x === undefined ? "nobody came" : (x * 100).toFixed(1) + " %";
  }

  /* A round time. */
  function round(s) {
    return s < 60 ? s + " s" : s < 3600 ? s / 60 + " min" : s / 3600 + " h";
  }
  const ROUND = [1, 10, 60, 600, 3600, 36000, 360000, 3600000];

  /* A moment as people say it: hours and minutes, with the day where there are several. */
  function clock(s) {
    const at = s + data.begins_s;
    const day = Math.floor(at / 86400 + 1e-9);
    const minutes = Math.round((at - day * 86400) / 60);
    const text = String(Math.floor(minutes / 60)).padStart(2, "0") + ":" + String(minutes % 60).padStart(2, "0");
    const first = Math.floor((data.begins_s + data.intervals.start_s[0]) / 86400 + 1e-9);
    if (!data.several_days && day > first && at % 86400 === 0) return "24:00";
    return data.several_days ? "day " + (day + 1) + " " + text : text;
  }

  function ticks(from, to, width) {
    const most = Math.max(2, Math.floor(width / (data.several_days ? 74 : 58)));
    const steps = [60, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800, 604800, 1209600];
    const step = steps.find((one) => (to - from) / one <= most) || Math.ceil((to - from) / most / 604800) * 604800;
    const values = [];
    const first = Math.ceil((from + data.begins_s) / step - 1e-9) * step - data.begins_s;
    for (let at = first; at <= to + 1e-6; at += step) values.push(at);
    const texts = values.map((at) => (data.several_days && step >= 86400 ? clock(at).split(" 00:00")[0] : clock(at)));
    return { tickmode: "array", tickvals: values, ticktext: texts };
  }

  function axis(more) {
    return Object.assign({
      gridcolor: color("grid"), linecolor: color("rule"), zeroline: false, ticks: "outside", ticklen: 4,
      tickcolor: color("rule"), fixedrange: false, tickfont: { size: 12 }, automargin: true,
    }, more);
  }

  function layout(height, more) {
    return Object.assign({
      height, width: forced || undefined, autosize: !forced, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: color("ink") },
      margin: { l: 56, r: 24, t: 8, b: 34 }, hovermode: "x unified",
      dragmode: window.matchMedia("(pointer: fine)").matches ? "zoom" : false,
      hoverlabel: { bgcolor: color("panel"), bordercolor: color("rule"), font: { color: color("ink"), size: 12.5 } },
      legend: { orientation: "h", x: 0, xanchor: "left", y: 1.01, yanchor: "bottom", font: { size: 12.5 },
        bgcolor: "rgba(0,0,0,0)" },
    }, more);
  }

  const shown = {};

  function draw(id, traces, wanted) {
    const place = byId(id);
    if (!place) return;
    if (traces.length === 0) {
      if (shown[id]) Plotly.purge(place);
      shown[id] = false;
      place.innerHTML = "<div class='empty'>Nothing to show here.</div>";
      return;
    }
    if (!shown[id]) place.innerHTML = "";
    shown[id] = true;
    Plotly.react(place, traces, wanted, { displayModeBar: false, responsive: true, doubleClick: "reset" });
  }

  function width(id) {
    return (forced || byId(id).clientWidth) - 70;
  }

  /* Values of intervals as steps: the last is drawn to the end of its interval. */
  function steps(values) {
    return values.concat([values[values.length - 1]]);
  }

  function band(x, low, high, fill) {
    const none = { mode: "lines", line: { width: 0, shape: "hv" }, hoverinfo: "skip", showlegend: false, x, connectgaps: false };
    if (!low.some((one) => one !== null)) return [];
    // bands are closed over gaps with what stands before them, as Plotly would otherwise close them to the axis
    const filled = (values) => steps(values).map((one, i, all) => one !== null ? one : all.slice(0, i).reverse().find((v) => v !== null) ?? null);
    return [
      Object.assign({}, none, { y: filled(low) }),
      Object.assign({}, none, { y: filled(high), fill: "tonexty", fillcolor: fill }),
    ];
  }

  function line(x, y, name, ink, more) {
    return Object.assign({
      x, y, name, mode: "lines", connectgaps: false, line: { color: ink, width: 2, shape: "hv", dash: (more && more.dash) || "solid" },
    }, (more && more.trace) || {});
  }

  function moments() {
    const start = data.intervals.start_s;
    const end = start[start.length - 1] + data.intervals.length_s[start.length - 1];
    return { x: start.concat([end]), from: start[0], to: end };
  }

  function labels() {
    const start = data.intervals.start_s;
    const text = start.map((s, i) => clock(s) + "–" + clock(s + data.intervals.length_s[i]).replace(/^day \d+ /, ""));
    return steps(text);
  }

  function timeAxis(id, times) {
    return axis(Object.assign({ range: [times.from, times.to], showgrid: false, automargin: false, unifiedhovertitle: { text: "%{text}" } },
      ticks(times.from, times.to, width(id))));
  }

  function selected(id) {
    const box = byId(id);
    return box ? Number(box.value) : -1;
  }

  function find(list, queue, tier) {
    return list.find((one) => one.queue === queue && one.tier === tier);
  }

  function drawDay() {
    if (!byId("day-counts")) return;
    const queue = selected("day-queue"), tier = selected("day-tier");
    const one = find(data.day, queue, tier);
    if (!one) {
      ["day-counts", "day-level", "day-length"].forEach((id) => draw(id, [], {}));
      return;
    }
    const times = moments(), x = times.x, text = labels();
    const hover = (unit) => ({ trace: { text, hovertemplate: "%{y:,.3~g}" + unit } });
    const mark = (trace, dash) => { trace.line.dash = dash; return trace; };
    draw("day-counts", [
      mark(line(x, steps(one.offered), "offered", color("c7"), hover("")), "solid"),
      mark(line(x, steps(one.answered), "answered", color("c0"), hover("")), "solid"),
      mark(line(x, steps(one.abandoned), "abandoned", color("c1"), hover("")), "dash"),
    ], layout(270, { margin: { l: 56, r: 24, t: 26, b: 34 }, xaxis: timeAxis("day-counts", times), yaxis: axis({ rangemode: "tozero", automargin: false }) }));

    const goal = queue >= 0 ? data.goals[queue] : data.goal;
    const level = band(x, one.level_low, one.level_high, color("band")).concat([
      line(x, steps(one.level), "service level", color("c0"), { trace: { text, hovertemplate: "%{y:.1%}" } }),
    ]);
    if (goal !== null) level.push(line(x, x.map(() => goal), "goal " + Math.round(goal * 1000) / 10 + " %", color("c1"), { dash: "dash", trace: { hoverinfo: "skip" } }));
    draw("day-level", one.level.some((v) => v !== null) ? level : [], layout(250, { showlegend: goal !== null,
      margin: { l: 56, r: 24, t: goal !== null ? 26 : 10, b: 34 }, xaxis: timeAxis("day-level", times),
      yaxis: axis({ range: [0, 1.02], tickformat: ".0%", automargin: false }) }));

    const length = band(x, one.length_low, one.length_high, color("band")).concat([
      line(x, steps(one.length), "waiting", color("c0"), { trace: { text, hovertemplate: "%{y:,.3~g}" } }),
    ]);
    draw("day-length", length, layout(220, { showlegend: false, margin: { l: 56, r: 24, t: 10, b: 34 },
      xaxis: timeAxis("day-length", times), yaxis: axis({ rangemode: "tozero", automargin: false }) }));
    byId("day-note").textContent = one.rare ? "Few come here in an interval: its figures vary widely." : "";
  }

  function drawHeat() {
    const heat = data.heat;
    if (!byId("heat-level") || heat.queues.length === 0) return;
    const which = byId("heat-which") ? byId("heat-which").value : "all";
    let rows = heat.queues.map((_, i) => i);
    if (which === "busy") rows = rows.slice(0, FEW);
    if (which === "low") {
      const level = (i) => heat.overall[i] === null ? 2 : heat.overall[i];
      rows = rows.slice().sort((a, b) => level(a) - level(b)).slice(0, FEW);
    }
    rows = rows.slice().reverse(); // Plotly counts rows from the bottom
    const names = rows.map((i) => heat.queues[i]);
    const most = narrow() ? 11 : 26;
    const height = rows.length * (rows.length > 40 ? 16 : 24) + 96;
    const columns = heat.start_s.map((s, i) => clock(s) + "–" + clock(s + heat.length_s[i]).replace(/^day \d+ /, ""));
    const edges = heat.start_s.concat([heat.start_s[heat.start_s.length - 1] + heat.length_s[heat.length_s.length - 1]]);
    const place = { y: 0, yanchor: "top", ypad: 30, x: 0.5, xanchor: "center", orientation: "h", thickness: 10, len: 0.8, outlinewidth: 0,
      tickfont: { size: 12 } };
    function one(id, cells, kind, scale, bar, limits) {
      const byRatio = kind === "wait" && heat.wait_unit.by_ratio;
      const shown = rows.map((i) => cells[i]);
      const z = byRatio ? shown.map((row) => row.map((v) => v === null ? null : Math.log10(Math.max(1, v)))) : shown;
      const text = shown.map((row, r) => row.map((v, c) => "<b>" + plain(names[r]) + "</b> " + columns[c] + "<br>" +
        (kind === "level" ? percent(v) : (v === null ? "nobody waited or was answered" : "mean wait " + seconds(v))) + "<br>offered " + heat.offered[rows[r]][c]));
      draw(id, [Object.assign({
        type: "heatmap", x: edges, y: names.map((_, i) => i), z, text, hovertemplate: "%{text}<extra></extra>", xgap: 1, ygap: 1,
        colorscale: scale, hoverongaps: false, colorbar: Object.assign({}, place, bar),
      }, limits)], layout(height, {
        hovermode: "closest", plot_bgcolor: color("grid"), margin: { l: 12, r: 24, t: 6, b: 82 },
        xaxis: axis(Object.assign({ showgrid: false, range: [edges[0], edges[edges.length - 1]], automargin: false },
          ticks(edges[0], edges[edges.length - 1], width(id) - (narrow() ? 30 : 110)))),
        yaxis: axis({ showgrid: false, ticks: "", tickmode: "array", tickvals: names.map((_, i) => i),
          ticktext: names.map((name) => plain(short(name, most))), range: [-0.5, names.length - 0.5] }),
      }));
    }
    one("heat-level", heat.level, "level", "Cividis", { tickformat: ".0%" }, { zmin: 0, zmax: 1 });
    const unit = heat.wait_unit, scaled = (s) => unit.by_ratio ? Math.log10(Math.max(1, s)) : s;
    const bar = unit.by_ratio ? { tickvals: ROUND.map(scaled), ticktext: ROUND.map(round) } : { tickvals: unit.ticks_s, ticktext: unit.ticks_s.map(round) };
    one("heat-wait", heat.wait_s, "wait", "Cividis", bar, { zmin: 0, zmax: scaled(unit.most_s), reversescale: true });
  }

  /* The points of a curve of waits from one wait to another, both included. */
  function curve(one, from, to, scale) {
    const before = one.t_s.filter((t) => t <= from).length;
    const first = before > 0 ? one.share[before - 1] : 0, last = one.share[one.share.length - 1];
    const x = [from, ...one.t_s.slice(before)], y = [first, ...one.share.slice(before)];
    return { x: x.concat([Math.max(to, x[x.length - 1])]).map((t) => t / scale), y: y.concat([last]) };
  }

  function drawWaits() {
    if (!byId("wait-curves")) return;
    const box = byId("wait-queue");
    const which = box ? box.value : "tiers";
    let lines;
    const lists = data.waits;
    if (which === "busy") {
      lines = data.busiest.map((queue) => find(lists, queue, -1)).filter(Boolean)
        .map((one) => ({ one, name: data.queues[one.queue] }));
    } else {
      const queue = which === "tiers" ? -1 : Number(which);
      lines = [{ one: find(lists, queue, -1), name: queue < 0 ? "all" : short(data.queues[queue], 24) }];
      data.tiers.forEach((tier, i) => { lines.push({ one: find(lists, queue, i), name: tier }); });
      lines = lines.filter((line) => line.one).slice(0, 8);
      if (lines.length === 2) lines.shift(); // the one tier is all there is
    }
    if (lines.length === 0) { draw("wait-curves", [], {}); return; }
    const targets = Array.from(new Set(lines.flatMap((line) => line.one.targets_s))).sort((a, b) => a - b).slice(0, 6);
    const positive = targets.filter((one) => one > 0);
    let to = Math.max(...lines.map((line) => line.one.reach_s), 1e-3);
    // targets of seconds and of hours, or waits far beyond them, are seen together by equal ratios only
    const byRatio = positive.length > 0 && Math.max(to, positive[positive.length - 1]) > 80 * positive[0];
    to = Math.max(to, 1.3 * Math.max(...targets.filter((one) => byRatio || one < 4 * to), 0));
    const from = byRatio ? Math.min(1, positive[0] / 2) : 0;
    const [scale, name] = byRatio ? [1, ""] : to < 600 ? [1, ", seconds"] : to < 7200 ? [60, ", minutes"] : [3600, ", hours"];
    const place = (t) => byRatio ? Math.log10(Math.max(t, from)) : t / scale;
    const along = (t) => (place(t) - place(from)) / (place(to) - place(from));
    const traces = lines.map((line, i) => Object.assign(curve(line.one, from, to, scale), {
      name: plain(short(line.name, 24)), mode: "lines", line: { color: color("c" + i), width: 2, dash: DASHES[i] },
      hovertemplate: "%{y:.1%}",
    }));
    const inside = targets.filter((one) => one <= to);
    const shapes = inside.map((one) => ({ type: "line", x0: one / scale, x1: one / scale, y0: 0, y1: 1, yref: "paper",
      line: { color: color("ink"), width: 1, dash: "dot" } }));
    let last = -Infinity;
    const annotations = inside.filter((one) => {
      const apart = (along(one) - last) * width("wait-curves") > 48;
      if (apart) last = along(one);
      return apart;
    }).map((one) => ({ x: place(one), y: 1, xref: "x", yref: "paper", text: seconds(one), showarrow: false, xanchor: "center",
      yanchor: "bottom", yshift: -2, font: { size: 12, color: color("ink") } }));
    const rows = Math.ceil(lines.reduce((sum, line) => sum + short(line.name, 24).length * 7 + 52, 0) / Math.max(200, width("wait-curves")));
    const legend = { orientation: "h", x: 0, xanchor: "left", y: 1 + 18 / 290, yanchor: "bottom", font: { size: 12.5 }, bgcolor: "rgba(0,0,0,0)" };
    draw("wait-curves", traces, layout(364 + 20 * rows, {
      margin: { l: 56, r: 24, t: 26 + 20 * rows, b: 48 }, legend, shapes, annotations, showlegend: lines.length > 1,
      xaxis: axis(Object.assign({ range: [place(from), place(to)], title: { text: "waited at most" + name, font: { size: 12.5 }, standoff: 8 },
        hoverformat: ".3~g", automargin: false }, byRatio ? { type: "log", tickmode: "array", tickvals: ROUND, ticktext: ROUND.map(round),
        unifiedhovertitle: { text: "%{x:.3~g} s" } } : { type: "linear" })),
      yaxis: axis({ range: [0, 1.02], tickformat: ".0%", automargin: false }),
    }));
    const beyond = targets.filter((one) => one > to);
    byId("wait-note").textContent = beyond.length ? "Beyond the right edge: the target" + (beyond.length > 1 ? "s " : " ") +
      beyond.map(seconds).join(", ") + "." : "";
  }

  function drawStaff() {
    if (!byId("staff-day")) return;
    const type = selected("staff-type");
    const one = data.staff.series.find((each) => each.type === type);
    if (!one) { draw("staff-day", [], {}); return; }
    const times = moments(), x = times.x, text = labels();
    const hover = { text, hovertemplate: "%{y:,.3~g}" };
    const traces = [
      line(x, steps(one.working), "busy or in wrap-up", color("c0"), { trace: Object.assign({ fill: "tozeroy", fillcolor: color("area") }, hover) }),
      line(x, steps(one.staffed), "staffed", color("c6"), { trace: hover }),
    ];
    traces[1].line.width = 2.5;
    if (type < 0) {
      traces.push(line(x, steps(data.staff.load), "offered load", color("c2"), { dash: "dot", trace: hover }));
      if (data.staff.need.some((v) => v !== null)) traces.push(line(x, steps(data.staff.need), "need, Erlang C", color("c1"), { dash: "dash", trace: hover }));
    }
    const top = narrow() ? 16 + 20 * Math.ceil(traces.length / 2) : 28;
    draw("staff-day", traces, layout(300 + top, { margin: { l: 56, r: 24, t: top, b: 34 }, xaxis: timeAxis("staff-day", times),
      yaxis: axis({ rangemode: "tozero", automargin: false }) }));
  }

  /* Ranges and points, a row each: occupancy of agents by type, or differences between two runs. */
  function drawRows(id, rows, more) {
    const list = rows.slice().reverse();
    const at = list.map((_, i) => i);
    const most = narrow() ? 16 : 34;
    const traces = more.traces(list, at);
    draw(id, list.length ? traces : [], layout(list.length * 26 + 70 + (more.legend ? 20 : 0), Object.assign({
      hovermode: "closest", margin: { l: 12, r: 18, t: more.legend ? 28 : 8, b: 44 }, showlegend: Boolean(more.legend),
      yaxis: axis({ showgrid: false, ticks: "", tickmode: "array", tickvals: at, range: [-0.6, list.length - 0.4],
        ticktext: list.map((row) => plain(short(row.name, most))) }),
    }, more.layout)));
  }

  /* From the least to the greatest, with some room, and not so near that a small difference looks large. */
  function reach(rows) {
    const least = Math.min(...rows.map((row) => row.least)), greatest = Math.max(...rows.map((row) => row.greatest));
    const room = Math.max(0.02, (0.3 - (greatest - least)) / 2);
    return [Math.max(-0.01, least - room), Math.min(1.01, greatest + room)];
  }

  function drawFairness() {
    if (!byId("fairness-chart")) return;
    const rows = byId("fairness-all") && byId("fairness-all").checked ? data.fairness : data.fairness.slice(0, FEW);
    const gaps = (list, low, high) => list.flatMap((row) => [row[low], row[high], null]);
    drawRows("fairness-chart", rows, {
      legend: true,
      traces: (list, at) => [
        { x: gaps(list, "least", "greatest"), y: at.flatMap((i) => [i, i, null]), mode: "lines", name: "least to greatest",
          line: { color: color("rule"), width: 8 }, hoverinfo: "skip" },
        { x: gaps(list, "low", "high"), y: at.flatMap((i) => [i, i, null]), mode: "lines", name: "mean ± standard deviation",
          line: { color: color("c0"), width: 4 }, hoverinfo: "skip" },
        { x: list.map((row) => row.mean), y: at, mode: "markers", name: "mean", showlegend: false, marker: { color: color("ink"), size: 8 },
          text: list.map((row) => "<b>" + plain(row.name) + "</b><br>mean " + percent(row.mean) + "<br>least " + percent(row.least) +
            ", greatest " + percent(row.greatest)), hovertemplate: "%{text}<extra></extra>" },
      ],
      layout: { xaxis: axis({ range: reach(rows), tickformat: ".0%", title: { text: "occupancy of an agent", font: { size: 12.5 }, standoff: 6 } }) },
    });
  }

  function drawComparisons() {
    (data.comparisons || []).forEach((each, n) => {
      drawRows("compare-" + n, each.rows.slice(0, 2 * FEW), {
        traces: (list, at) => [{
          x: list.map((row) => row.value), y: at, mode: "markers", marker: { color: list.map((row) => color(row.clear ? (row.value > 0 ? "c0" : "c1") : "c7")),
            symbol: list.map((row) => row.clear ? "circle" : "circle-open"), size: 9 },
          error_x: { type: "data", symmetric: false, array: list.map((row) => row.high === null ? 0 : row.high - row.value),
            arrayminus: list.map((row) => row.low === null ? 0 : row.value - row.low), color: color("muted"), thickness: 1.5, width: 4 },
          text: list.map((row) => "<b>" + plain(row.name) + "</b><br>" + plain(row.text)), hovertemplate: "%{text}<extra></extra>",
        }],
        layout: { xaxis: axis({ rangemode: "tozero", zeroline: true, zerolinecolor: color("ink"), zerolinewidth: 1,
          title: { text: narrow() ? "points of service level" : "difference of the service level in points", font: { size: 12.5 }, standoff: 6 } }) },
      });
    });
  }

  /* Tables of groups of rows: the first few, or those whose name contains a word, or all; sorted by a column. */
  function tend(table) {
    const bodies = () => Array.from(table.tBodies).filter((body) => !body.classList.contains("whole"));
    const tools = document.querySelector('[data-for="' + table.id + '"]');
    const field = tools && tools.querySelector("input"), more = tools && tools.querySelector("button");
    let all = false;
    function show() {
      const word = field ? field.value.trim().toLowerCase() : "";
      let left = all || word || !more ? Infinity : FEW;
      bodies().forEach((body) => {
        const fits = body.dataset.name.toLowerCase().includes(word);
        body.hidden = !fits || left-- <= 0;
      });
      if (more) more.textContent = all ? "Show the first " + FEW : "Show all " + bodies().length;
    }
    if (field) field.addEventListener("input", show);
    if (more) more.addEventListener("click", () => { all = !all; show(); });
    Array.from(table.tHead.rows[0].cells).forEach((cell, column) => {
      const button = cell.querySelector("button");
      if (!button) return;
      button.addEventListener("click", () => {
        const up = cell.getAttribute("aria-sort") === "descending";
        Array.from(table.tHead.rows[0].cells).forEach((other) => other.removeAttribute("aria-sort"));
        cell.setAttribute("aria-sort", up ? "ascending" : "descending");
        const key = (body) => {
          const value = body.rows[0].cells[column].dataset.value;
          return column === 0 ? body.dataset.name : (value === undefined || value === "" ? null : Number(value));
        };
        const order = (a, b) => {
          const x = key(a), y = key(b);
          if (x === null || y === null) return (x === null) - (y === null);
          const sign = typeof x === "string" ? -x.localeCompare(y) : x - y;
          return up ? sign : -sign;
        };
        bodies().sort(order).forEach((body) => table.append(body));
        show();
      });
    });
    show();
  }

  function drawAll() {
    drawDay(); drawHeat(); drawWaits(); drawStaff(); drawFairness(); drawComparisons();
  }

  function on(id, redraw) {
    const place = byId(id);
    if (place) place.addEventListener("change", redraw);
  }

  document.querySelectorAll("table.tended").forEach(tend);
  drawAll();
  on("day-queue", drawDay); on("day-tier", drawDay); on("heat-which", drawHeat); on("wait-queue", drawWaits);
  on("staff-type", drawStaff); on("fairness-all", drawFairness);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  let before = document.documentElement.clientWidth, timer = 0;
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (document.documentElement.clientWidth === before || forced) return;
      before = document.documentElement.clientWidth;
      drawAll();
    }, 120);
  });
  window.addEventListener("beforeprint", () => {
    document.documentElement.dataset.theme = "light";
    forced = 680;
    drawAll();
  });
  window.addEventListener("afterprint", () => {
    delete document.documentElement.dataset.theme;
    forced = null;
    drawAll();
  });
  document.documentElement.dataset.drawn = "yes";
})();

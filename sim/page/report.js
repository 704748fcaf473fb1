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
  const FINER = [1, 2, 5, 10, 20, 60, 120, 300, 600, 1800, 3600, 7200, 18000, 36000, 86400, 360000, 3600000];

  function dayOf(s) {
    return Math.floor((s + data.begins_s) / 86400 + 1e-9);
  }

  /* The name of a moment's day: its date, where the page knows it. */
  function dayName(s) {
    const day = dayOf(s);
    return data.days[day] || "day " + (day + 1);
  }

  /* The time of day. */
  function clock(s) {
    const at = s + data.begins_s, minutes = Math.round((at - dayOf(s) * 86400) / 60);
    if (!data.several_days && dayOf(s) > dayOf(data.intervals.start_s[0]) && minutes === 0) return "24:00";
    return String(Math.floor(minutes / 60)).padStart(2, "0") + ":" + String(minutes % 60).padStart(2, "0");
  }

  /* An interval as people say it: hours and minutes, with the day where there are several. */
  function span(s, length) {
    return (data.several_days ? dayName(s) + " " : "") + clock(s) + "–" + clock(s + length);
  }

  function ticks(from, to, width) {
    const most = Math.max(2, Math.floor(width / (data.several_days ? 84 : 58)));
    const steps = [60, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800, 604800, 1209600];
    const step = steps.find((one) => (to - from) / one <= most) || Math.ceil((to - from) / most / 604800) * 604800;
    const values = [];
    const first = Math.ceil((from + data.begins_s) / step - 1e-9) * step - data.begins_s;
    for (let at = first; at <= to + 1e-6; at += step) values.push(at);
    // the day stands below the first of its times
    const text = (at, i) => step >= 86400 ? dayName(at) : clock(at) + (i > 0 && dayOf(at) === dayOf(values[i - 1]) ? "" : "<br>" + dayName(at));
    return { tickmode: "array", tickvals: values, ticktext: values.map(data.several_days ? text : clock) };
  }

  /* The room below an axis of time. */
  function below() {
    return data.several_days ? 52 : 34;
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

  /* The runs of intervals that have values, as [first, last]: between them a queue is closed, or nobody came. */
  function runs(has) {
    const found = [];
    data.intervals.start_s.forEach((_, i) => {
      if (!has(i)) return;
      const last = found[found.length - 1];
      if (last && last[1] === i - 1) last[1] = i; else found.push([i, i]);
    });
    return found;
  }

  function endOf(i) {
    return data.intervals.start_s[i] + data.intervals.length_s[i];
  }

  /* Between low and high: an area of its own for each run, around the corners of its steps. */
  function band(low, high, fill) {
    const x = [], y = [];
    runs((i) => low[i] !== null && high[i] !== null).forEach(([first, last]) => {
      if (x.length) { x.push(null); y.push(null); }
      for (let i = first; i <= last; i += 1) { x.push(data.intervals.start_s[i], endOf(i)); y.push(low[i], low[i]); }
      for (let i = last; i >= first; i -= 1) { x.push(endOf(i), data.intervals.start_s[i]); y.push(high[i], high[i]); }
    });
    return x.length === 0 ? [] : [{ x, y, mode: "lines", line: { width: 0 }, fill: "toself", fillcolor: fill, hoverinfo: "skip", showlegend: false }];
  }

  /* Values of intervals as steps: the last of each run is drawn to the end of its interval. */
  function line(values, name, ink, hovertemplate, more) {
    const x = [], y = [], text = [];
    runs((i) => values[i] !== null).forEach(([first, last]) => {
      if (x.length) { x.push(x[x.length - 1]); y.push(null); text.push(""); }
      for (let i = first; i <= last + 1; i += 1) {
        const at = Math.min(i, last);
        x.push(i > last ? endOf(last) : data.intervals.start_s[i]);
        y.push(values[at]);
        text.push(span(data.intervals.start_s[at], data.intervals.length_s[at]));
      }
    });
    const { dash, width, ...rest } = more || {};
    return Object.assign({ x, y, text, hovertemplate, name, mode: "lines", connectgaps: false,
      line: { color: ink, width: width || 2, shape: "hv", dash: dash || "solid" } }, rest);
  }

  function moments() {
    const start = data.intervals.start_s;
    return { from: start[0], to: endOf(start.length - 1) };
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
    const times = moments(), number = "%{y:,.3~g}";
    draw("day-counts", [
      line(one.offered, "offered", color("c7"), number),
      line(one.answered, "answered", color("c0"), number),
      line(one.abandoned, "abandoned", color("c1"), number, { dash: "dash" }),
    ], layout(270, { margin: { l: 56, r: 24, t: 26, b: below() }, xaxis: timeAxis("day-counts", times), yaxis: axis({ rangemode: "tozero", automargin: false }) }));

    const goal = queue >= 0 ? data.goals[queue] : data.goal;
    const level = band(one.level_low, one.level_high, color("band")).concat([line(one.level, "service level", color("c0"), "%{y:.1%}")]);
    if (goal !== null) level.push(line(one.level.map(() => goal), "goal " + Math.round(goal * 1000) / 10 + " %", color("c1"), undefined, { dash: "dash", hoverinfo: "skip" }));
    draw("day-level", one.level.some((v) => v !== null) ? level : [], layout(250, { showlegend: goal !== null,
      margin: { l: 56, r: 24, t: goal !== null ? 26 : 10, b: below() }, xaxis: timeAxis("day-level", times),
      yaxis: axis({ range: [0, 1.02], tickformat: ".0%", automargin: false }) }));

    const length = band(one.length_low, one.length_high, color("band")).concat([line(one.length, "waiting", color("c0"), number)]);
    draw("day-length", length, layout(220, { showlegend: false, margin: { l: 56, r: 24, t: 10, b: below() },
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
    const height = rows.length * (rows.length > 40 ? 16 : 24) + 62 + below();
    const columns = heat.start_s.map((s, i) => span(s, heat.length_s[i]));
    const edges = heat.start_s.concat([heat.start_s[heat.start_s.length - 1] + heat.length_s[heat.length_s.length - 1]]);
    const place = { y: 0, yanchor: "top", ypad: below() - 4, x: 0.5, xanchor: "center", orientation: "h", thickness: 10, len: 0.8, outlinewidth: 0,
      tickfont: { size: 12 } };
    // good is blue and bad is orange, around each row's own goal or target
    const colors = (one) => [[0, color(one[0])], [0.5, color("mid")], [1, color(one[1])]];
    function one(id, cells, kind, scale, bar, limits, place_of) {
      const shown = rows.map((i) => cells[i]);
      const z = shown.map((row, r) => row.map((v) => v === null ? null : place_of(v, rows[r])));
      const text = shown.map((row, r) => row.map((v, c) => "<b>" + plain(names[r]) + "</b> " + columns[c] + "<br>" +
        (kind === "level" ? percent(v) : (v === null ? "nobody waited or was answered" : "mean wait " + seconds(v) + ", target " + seconds(heat.targets_s[rows[r]]))) + (kind === "level" && v !== null ? ", goal " + percent(heat.goals[rows[r]]) : "") + "<br>offered " + heat.offered[rows[r]][c]));
      draw(id, [Object.assign({
        type: "heatmap", x: edges, y: names.map((_, i) => i), z, text, hovertemplate: "%{text}<extra></extra>", xgap: 1, ygap: 1,
        colorscale: colors(scale), hoverongaps: false, colorbar: Object.assign({}, place, bar),
      }, limits)], layout(height, {
        hovermode: "closest", plot_bgcolor: color("grid"), margin: { l: 12, r: 24, t: 6, b: 48 + below() },
        xaxis: axis(Object.assign({ showgrid: false, range: [edges[0], edges[edges.length - 1]], automargin: false },
          ticks(edges[0], edges[edges.length - 1], width(id) - (narrow() ? 30 : 110)))),
        yaxis: axis({ showgrid: false, ticks: "", tickmode: "array", tickvals: names.map((_, i) => i),
          ticktext: names.map((name) => plain(short(name, most))), range: [-0.5, names.length - 0.5] }),
      }));
    }
    one("heat-level", heat.level, "level", ["c1", "c0"], { tickvals: [0, 0.25, 0.5, 1], ticktext: ["0 %", "half the goal", "goal", "100 %"] },
      { zmin: 0, zmax: 1 }, (v, i) => v < heat.goals[i] ? v / heat.goals[i] / 2 : 0.5 + (v - heat.goals[i]) / (1 - heat.goals[i]) / 2);
    // equal ratios; a target below a second counts as one
    one("heat-wait", heat.wait_s, "wait", ["c0", "c1"], { tickvals: [-1, 0, 1], ticktext: ["a tenth", "target", "10 times"] },
      { zmin: -1, zmax: 1 }, (v, i) => Math.log10(Math.max(v, 1e-3) / Math.max(1, heat.targets_s[i])));
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
    const waits = narrow() ? ROUND : FINER;
    const legend = { orientation: "h", x: 0, xanchor: "left", y: 1 + 18 / 290, yanchor: "bottom", font: { size: 12.5 }, bgcolor: "rgba(0,0,0,0)" };
    draw("wait-curves", traces, layout(364 + 20 * rows, {
      margin: { l: 56, r: 24, t: 26 + 20 * rows, b: 48 }, legend, shapes, annotations, showlegend: lines.length > 1,
      xaxis: axis(Object.assign({ range: [place(from), place(to)], title: { text: "waited at most" + name, font: { size: 12.5 }, standoff: 8 },
        hoverformat: ".3~g", automargin: false }, byRatio ? { type: "log", tickmode: "array", tickvals: waits, ticktext: waits.map(round),
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
    const times = moments(), number = "%{y:,.3~g}";
    const later = data.staff.later.length, some = later ? " (without " + (later === 1 ? short(data.staff.later[0], 16) : later + " queues") + ")" : "";
    const traces = [
      line(one.working, type < 0 && later ? "busy or in wrap-up (all queues)" : "busy or in wrap-up", color("c0"), number, { fill: "tozeroy", fillcolor: color("area") }),
      line(one.staffed, "signed in", color("c7"), number, { width: 1.5 }),
      line(one.ready, "ready (not on a break)", color("c6"), number, { width: 2.5 }),
    ];
    const more = (values, name, ink, dash) => { if (values.some((v) => v !== null)) traces.push(line(values, plain(name), color(ink), number, { dash })); };
    if (type < 0) {
      more(data.staff.load, "offered load" + some, "c2", "dot");
      more(data.staff.need, "need, pooled" + some, "c1", "dash");
      more(data.staff.need_apart, "need, each queue on its own" + some, "c3", "longdashdot");
    }
    const rows = Math.ceil(traces.reduce((sum, each) => sum + each.name.length * 7 + 52, 0) / Math.max(200, width("staff-day")) * (narrow() ? 1.6 : 1.2));
    const top = 10 + 20 * rows;
    draw("staff-day", traces, layout(300 + top, { margin: { l: 56, r: 24, t: top, b: below() }, xaxis: timeAxis("staff-day", times),
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

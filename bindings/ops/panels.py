"""What the dashboards are built of: queries and panels in one style, over Grafana's own typed builder.

Only regenerating needs the builder (grafana-foundation-sdk, in the extra ``dev``); whoever uses acdcore gets the
JSON. Widths are columns of Grafana's grid, of which there are 24, heights its rows of 30 pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    heatmap,
    prometheus,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import heatmap as heat_model
from grafana_foundation_sdk.models import prometheus as queries
from grafana_foundation_sdk.models import units

COLUMNS: Final = 24
SOURCE: Final = "${datasource}"
"""The data source is chosen on the page, so that the JSON fits every Grafana."""

GREEN, YELLOW, ORANGE, RED = "green", "yellow", "orange", "red"
BLUE, PURPLE, GRAY, DARK_RED = "blue", "purple", "#8e8e8e", "dark-red"

SHARE: Final = units.PercentUnit
SECONDS: Final = units.Seconds
BYTES: Final = units.BytesIEC
COUNT: Final = units.Short
PER_SECOND: Final = units.CountsPerSecond
NUMBER: Final = "none"
TIMES: Final = "suffix:×"

Steps: TypeAlias = Sequence[tuple[float | None, str]]
"""Colors by value: (from which value on, color), the first from None."""


class Sized(NamedTuple):
    """A panel and the room that it takes: its width of 24 columns, its height in rows."""

    panel: Builder[model.Panel]
    width: int
    height: int


class Section(NamedTuple):
    """A titled row of the page and the panels below it, from left to right, line by line."""

    title: str
    panels: Sequence[Sized]


@dataclass(frozen=True, slots=True)
class Query:
    """One expression of PromQL.

    Attributes:
        expr: the expression, with Grafana's variables in it.
        legend: the series' name, with labels as ``{{queue}}``.
        color: a fixed color of the series, empty for one of the palette.
    """

    expr: str
    legend: str = ""
    color: str = ""


def source() -> model.DataSourceRef:
    """Return the data source that the page's first variable names."""
    return model.DataSourceRef(type_val="prometheus", uid=SOURCE)


def _target(
    query: Query, number: int, *, instant: bool = False, form: queries.PromQueryFormat | None = None
) -> prometheus.Dataquery:
    built = (
        prometheus.Dataquery()
        .datasource(source())
        .editor_mode(queries.QueryEditorMode.CODE)
        .expr(query.expr)
        .format(form or queries.PromQueryFormat.TIME_SERIES)
        .ref_id(chr(ord("A") + number))
    )
    if query.legend:
        built.legend_format(query.legend)
    return built.instant() if instant else built.range()


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    return (
        dashboard.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps([model.Threshold(value=value, color=color) for value, color in steps])
    )


def _colored(mode: model.FieldColorModeId, fixed: str = "") -> dashboard.FieldColor:
    color = dashboard.FieldColor().mode(mode)
    return color.fixed_color(fixed) if fixed else color


def _value(name: str, value: object) -> model.DynamicConfigValue:
    return model.DynamicConfigValue(id_val=name, value=value)


def number(
    title: str,
    about: str,
    expr: str,
    *,
    unit: str,
    steps: Steps = ((None, BLUE),),
    decimals: int | None = None,
    words: Mapping[str, tuple[str, str]] | None = None,
    empty: str = "–",
    width: int = 3,
) -> Sized:
    """Return one large figure with its recent course behind it.

    Args:
        title: the heading, at most some 20 letters for the default width.
        about: what is counted, with the formula.
        expr: PromQL with one series as its result.
        unit: one of Grafana's units.
        steps: background by value.
        decimals: digits after the point, by default as Grafana thinks fit.
        words: words and colors to show in place of values.
        empty: what is shown where there is no value, as for a share of nothing.
        width: columns.
    """
    panel = (
        stat.Panel()
        .title(title)
        .description(about)
        .datasource(source())
        .with_target(_target(Query(expr), 0))
        .unit(unit)
        .no_value(empty)
        .thresholds(_thresholds(steps))
        .color_scheme(_colored(model.FieldColorModeId.THRESHOLDS))
        .color_mode(looks.BigValueColorMode.VALUE)
        .graph_mode(looks.BigValueGraphMode.NONE if words else looks.BigValueGraphMode.AREA)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    )
    if decimals is not None:
        panel.decimals(decimals)
    if words:
        panel.mappings([_said(words)])
    return Sized(panel, width, 4)


def _said(words: Mapping[str, tuple[str, str]]) -> model.ValueMap:
    """Return how values are shown as words in colors."""
    return model.ValueMap(
        options={value: model.ValueMappingResult(text=text, color=color) for value, (text, color) in words.items()}
    )


def lines(
    title: str,
    about: str,
    *found: Query,
    unit: str,
    width: int = 8,
    height: int = 8,
    stacked: bool = False,
    least: float | None = 0,
    most: float | None = None,
    limit: float | None = None,
    logarithmic: bool = False,
    calcs: Sequence[str] = (),
) -> Sized:
    """Return courses over time.

    Args:
        title: the heading.
        about: what is drawn, with the formula.
        found: what is drawn.
        unit: one of Grafana's units, of all of them.
        width: columns.
        height: rows.
        stacked: put the series onto each other as areas.
        least: where the axis begins.
        most: where it ends, None: with the largest value.
        limit: a value to mark by a dashed line; below it is good, or above it, as ``about`` says.
        logarithmic: a scale of powers of ten, for latencies.
        calcs: what the legend says of each series, such as ``max``.
    """
    panel = (
        timeseries.Panel()
        .title(title)
        .description(about)
        .datasource(source())
        .targets([_target(query, place) for place, query in enumerate(found)])
        .unit(unit)
        .line_width(0 if stacked else 1)
        .fill_opacity(70 if stacked else 8)
        .show_points(looks.VisibilityMode.NEVER)
        .span_nulls(False)
        .tooltip(common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI).sort(looks.SortOrder.DESCENDING))
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(looks.LegendDisplayMode.TABLE if calcs else looks.LegendDisplayMode.LIST)
            .placement(looks.LegendPlacement.BOTTOM)
            .calcs(list(calcs))
        )
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL).group("A"))
    if logarithmic:
        panel.scale_distribution(common.ScaleDistributionConfig().type(looks.ScaleDistribution.LOG).log(10))
    elif least is not None:
        panel.min(least)
    if most is not None:
        panel.max(most)
    if limit is not None:
        panel.thresholds(_thresholds(((None, "transparent"), (limit, RED))))
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(looks.GraphTresholdsStyleMode.DASHED))
    for place, query in enumerate(found):
        if query.color:
            own = [_value("color", {"mode": "fixed", "fixedColor": query.color})]
            panel.override_by_query(chr(ord("A") + place), own)
    return Sized(panel, width, height)


def by_color(sized: Sized, colors: Mapping[str, str]) -> Sized:
    """Give series a fixed color by their names, so that a state has the same color everywhere."""
    panel = sized.panel
    assert isinstance(panel, timeseries.Panel | bargauge.Panel)
    for name, color in colors.items():
        panel.override_by_name(name, [_value("color", {"mode": "fixed", "fixedColor": color})])
    return sized


def bars(title: str, about: str, query: Query, *, unit: str, width: int = 8, height: int = 8) -> Sized:
    """Return what is now as horizontal bars, one for each series."""
    panel = (
        bargauge.Panel()
        .title(title)
        .description(about)
        .datasource(source())
        .with_target(_target(query, 0, instant=True))
        .unit(unit)
        .min(0)
        .no_value("–")
        .thresholds(_thresholds(((None, BLUE),)))
        .color_scheme(_colored(model.FieldColorModeId.THRESHOLDS))
        .orientation(looks.VizOrientation.HORIZONTAL)
        .display_mode(looks.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    )
    return Sized(panel, width, height)


def heat(title: str, about: str, expr: str, *, unit: str, width: int = 8, height: int = 8) -> Sized:
    """Return a histogram over time: how many fell into which bucket, the more the darker.

    ``expr`` has to yield one series for each ``le``.
    """
    color = (
        heatmap.HeatmapColorOptions()
        .mode(heat_model.HeatmapColorMode.SCHEME)
        .scheme("Blues")
        .scale(heat_model.HeatmapColorScale.EXPONENTIAL)
        .exponent(0.5)
        .steps(64)
        .reverse(False)
        .fill("dark-blue")
    )
    panel = (
        heatmap.Panel()
        .title(title)
        .description(about)
        .datasource(source())
        .with_target(_target(Query(expr, "{{le}}"), 0, form=queries.PromQueryFormat.HEATMAP))
        .calculate(False)
        .color(color)
        .filter_values(heatmap.FilterValueRange().le(1e-9))  # what was never hit stays blank
        .rows_frame(heatmap.RowsHeatmapOptions().layout(looks.HeatmapCellLayout.AUTO))
        .y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(looks.AxisPlacement.LEFT))
        .cell_values(heatmap.CellValues().unit(PER_SECOND))
        .show_legend()
        .show_tooltip()
    )
    return Sized(panel, width, height)


class Column(NamedTuple):
    """A column of a table: heading, expression that yields one value for each row, unit, colors or words by value."""

    heading: str
    expr: str
    unit: str
    steps: Steps = ()
    decimals: int | None = None
    words: Mapping[str, tuple[str, str]] | None = None


def grid(
    title: str,
    about: str,
    key: str,
    columns: Sequence[Column],
    *,
    order: str,
    labels: Mapping[str, str] | None = None,
    height: int = 9,
) -> Sized:
    """Return a table as wide as the page: a row for each value of the label ``key``, a column for each expression.

    Args:
        title: the heading.
        about: what is counted.
        key: the label that all expressions have, the first column.
        columns: the others.
        order: the heading of the column that sorts, largest first.
        labels: more labels of the expressions to show, with their headings.
        height: rows.
    """
    panel = (
        table.Panel()
        .title(title)
        .description(about)
        .datasource(source())
        .targets(
            [
                _target(Query(column.expr), place, instant=True, form=queries.PromQueryFormat.TABLE)
                for place, column in enumerate(columns)
            ]
        )
        .show_header(True)
        .no_value("–")
        .cell_height(looks.TableCellHeight.SM)
        .sort_by([common.TableSortByFieldState().display_name(order).desc(True)])
    )
    names = [f"Value #{chr(ord('A') + place)}" for place in range(len(columns))]
    if len(columns) == 1:
        names = ["Value"]  # one query alone has no letter
    shown = {key: key.capitalize()} | dict(labels or {})
    shown |= {name: column.heading for name, column in zip(names, columns, strict=True)}
    panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(
        model.DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": {"Time": True},
                "indexByName": {name: place for place, name in enumerate(shown)},
                "renameByName": shown,
            },
        )
    )
    for column in columns:
        panel.override_by_name(column.heading, _cells(column))
    return Sized(panel, COLUMNS, height)


def _cells(column: Column) -> list[model.DynamicConfigValue]:
    """Return how a column's cells look."""
    own: list[model.DynamicConfigValue] = [_value("unit", column.unit), _value("custom.align", "right")]
    if column.decimals is not None:
        own.append(_value("decimals", column.decimals))
    if column.steps:
        steps = [{"value": value, "color": color} for value, color in column.steps]
        own.append(_value("thresholds", {"mode": "absolute", "steps": steps}))
    if column.words:
        own.append(_value("mappings", [_said(column.words)]))
    if column.steps or column.words:
        own.append(_value("custom.cellOptions", {"type": "color-text"}))
    return own


def choice(name: str, label: str, about: str, values: str, *, several: bool) -> dashboard.QueryVariable:
    """Return a variable of the page: the values of a label, one of them or several.

    Args:
        name: by which expressions use it, as ``$name``.
        label: what people see.
        about: what it is for.
        values: a query of Grafana's, such as ``label_values(acdcore_serving, center)``.
        several: whether more than one may be chosen, or all, which is the default then.
    """
    variable = (
        dashboard.QueryVariable(name)
        .label(label)
        .description(about)
        .datasource(source())
        .query({"query": values, "refId": f"{name}-values"})
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(several)
        .include_all(several)
    )
    if several:
        variable.all_value(".*")  # not a list of a thousand queues
        variable.current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
    return variable


def data_source() -> dashboard.DatasourceVariable:
    """Return the variable that chooses which Prometheus is asked."""
    return dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")


def window(values: Sequence[str], chosen: str) -> dashboard.CustomVariable:
    """Return the variable ``$window``: how long figures are averaged over."""
    options = [model.VariableOption(selected=value == chosen, text=value, value=value) for value in values]
    return (
        dashboard.CustomVariable("window")
        .label("Averaged over")
        .description("How much of the past counts for shares and means at each moment.")
        .values(",".join(values))
        .options(options)
        .current(model.VariableOption(selected=True, text=chosen, value=chosen))
    )


def page(
    *,
    uid: str,
    title: str,
    about: str,
    tags: Sequence[str],
    variables: Sequence[Builder[model.VariableModel]],
    sections: Sequence[Section],
    begins: str,
    refresh: str,
    alerts: str,
) -> model.Dashboard:
    """Return a dashboard: its sections below each other, numbered panels, its alerts as marks over time.

    Raises ValueError where a line of panels is not exactly as wide as the page.
    """
    built = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(about)
        .tags(list(tags))
        .editable()
        .timezone("browser")
        .time(begins, "now")
        .refresh(refresh)
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .variables(list(variables))
        .annotation(
            dashboard.AnnotationQuery().name("Alerts").datasource(source()).enable(True).icon_color(RED).expr(alerts)
        )
        .link(
            dashboard.DashboardLink("acdcore")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([tags[0]])
            .as_dropdown(False)
            .include_vars(True)
            .keep_time(True)
        )
    )
    top, identity = 0, 1
    for section in sections:
        built.with_row(dashboard.Row(section.title).id(identity).grid_pos(model.GridPos(x=0, y=top, w=COLUMNS, h=1)))
        top, identity = top + 1, identity + 1
        left = tallest = 0
        for sized in section.panels:
            place = model.GridPos(x=left, y=top, w=sized.width, h=sized.height)
            built.with_panel(_placed(sized.panel, identity, place))
            left, identity, tallest = left + sized.width, identity + 1, max(tallest, sized.height)
            if left == COLUMNS:
                top, left, tallest = top + tallest, 0, 0
        if left:
            raise ValueError(f"{title}, {section.title!r}: a line of panels is {left} of {COLUMNS} columns wide")
    return built.build()


def _placed(panel: Builder[model.Panel], identity: int, place: model.GridPos) -> Any:
    """Give a panel its number and its place; every kind of builder has these two methods."""
    anything: Any = panel
    return anything.id(identity).grid_pos(place)

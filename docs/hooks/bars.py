"""A measured ratio as a bar, for the page `benchmarks`."""

from collections.abc import Mapping

WIDTH, HEIGHT = 160, 20  # of a plot, in pixels


def bar(ratio: Mapping[str, float], most: float) -> str:
    """From nothing to the median, with a line from quartile to quartile.

    Args:
        ratio: its `low`, `middle` and `high`.
        most: what the whole width stands for.

    Returns:
        SVG. A thin line stands at 1, where nothing is won or lost.
    """

    def place(value: float) -> str:
        return f"{WIDTH * min(value / most, 1):.1f}"

    middle = HEIGHT / 2
    spread = f"M{place(ratio['low'])} {middle:g}H{place(ratio['high'])}"
    return (
        f'<svg class="dots bar" role="img" aria-label="{ratio["middle"]:.2f}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect y="5" width="{place(ratio["middle"])}" height="10"></rect>'
        f'<path d="M{place(1)} 0V{HEIGHT}{spread}"></path></svg>'
    )

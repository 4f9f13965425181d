"""Formulas in letters, of all lessons, for every small number.

What they are about is counted here: places, pixels, windows, weights.
"""

from __future__ import annotations

import math
import statistics

from .formulas import holds
from .witnesses import receptive_fields, same_padding, windows


def places(n: int, k: int, s: int = 1, p: int = 0) -> int | None:
    """How many windows fit; None for none."""
    return len(windows(n, k, s, p, p)) or None


def test_places_along_a_side() -> None:
    holds("n − k + 1", lambda n, k: places(n, k))
    holds("n + 2p", lambda n, p: len(range(-p, n + p)))
    holds("⌊(n + 2p − k) / s⌋ + 1", lambda n, k, s, p: places(n, k, s, p))


def test_last_pixel_of_a_window_of_three() -> None:
    holds("start + 2", lambda start: windows(9, 3)[start][-1], 6)


def test_room_after_the_first_window() -> None:
    def room(n: int, k: int, p: int) -> int | None:
        found = windows(n, k, 1, p, p)
        return found[-1][0] - found[0][0] if found else None

    def further(n: int, k: int, p: int, s: int) -> float | None:
        return None if room(n, k, p) is None else room(n, k, p) / s

    holds("n + 2p − k", room)
    holds("(n + 2p − k) / s", further)


def test_what_an_output_sees() -> None:
    def seen(i: int, s: int, p: int, k: int) -> list[int]:
        return windows(50, k, s, p, p)[i]

    holds("i × s − p", lambda i, s, p: seen(i, s, p, 1)[0])
    holds("i × s − p + k − 1", lambda i, s, p, k: seen(i, s, p, k)[-1])


def test_padding_for_the_same_size() -> None:
    def keeps(n: int, p: int, k: int) -> bool:
        return len(windows(n, k, 1, p, p)) == n

    holds("(k − 1) / 2", lambda k: same_padding(9, k)[0] if k % 2 else None, 3)
    holds("k − 1", lambda k: sum(same_padding(9, k)), 6)
    holds("n + 2p − k + 1 = n", keeps)
    holds("p = (k − 1) / 2", lambda p, k: keeps(9, p, k))


def test_sizes_of_same() -> None:
    """Of n places at stride 1, every s-th from the first on."""
    holds("⌈n / s⌉", lambda n, s: len(range(0, n, s)))
    holds("(⌈n / s⌉ − 1) × s", lambda n, s: range(0, n, s)[-1])


def test_total_padding() -> None:
    def evenly(n: int, k: int, p: int, s: int) -> int | None:
        found = windows(n, k, 1, p // 2, p - p // 2)
        return len(found[::s]) if found and (len(found) - 1) % s == 0 else None

    holds("(n − k + p) / s + 1", evenly)
    holds("2p", lambda p: len(range(-p, p)), 6)


def test_reach_of_dilated_windows() -> None:
    holds("d(k − 1) + 1", lambda d, k: windows(40, k, d=d)[0][-1] + 1)


def test_work_that_strides_save() -> None:
    holds("s × s", lambda s: 60**2 / len(range(0, 60, s)) ** 2, 6)


def test_growth_of_receptive_fields() -> None:
    def growth(k: int, jump: int) -> int:
        first, second = receptive_fields([(jump, jump), (k, 1)])
        return second - first

    holds("k − 1", lambda k: len(range(k)[1:]), 6)
    holds("(k − 1) × jump", growth)
    holds("(k − 1) × 间隔", growth)


def test_squared_differences() -> None:
    holds("(a − b)²", lambda a, b: math.dist([a], [b]) ** 2)
    holds("a² − 2ab + b²", lambda a, b: math.dist([a], [b]) ** 2)


def test_standard_error_of_a_share() -> None:
    """Of zeros and ones, of which the share p is one."""

    def error(p=(0, 0.25, 0.5, 0.75, 1), n=(4, 8, 12, 16, 100)) -> float:
        ones = round(p * n)
        spread = statistics.pstdev([1] * ones + [0] * (n - ones))
        return spread / math.sqrt(n)

    holds("√(p(1 − p) / n)", error)
    holds("√n", lambda n=(1, 4, 9, 16, 25): math.isqrt(n), 5)


def test_parameters_of_a_convolution_layer() -> None:
    def counted(height: int, width: int, channels: int, filters: int) -> int:
        kernel = [0] * height * width * channels
        return sum(len([*kernel, "bias"]) for _ in range(filters))

    holds(
        "(window height × window width × input channels + 1) × filters", counted
    )
    holds("(窗口高 × 窗口宽 × 输入通道数 + 1) × 滤波器个数", counted)


def test_places_that_an_element_can_come_early() -> None:
    """It is chosen once the buffer is full: all others may still be there."""

    def early(buffer_size: int) -> int:
        arrived = range(20)
        buffer, rest = [*arrived[:buffer_size]], [*arrived[buffer_size:]]
        places = []
        for place in arrived:
            element = buffer.pop()  # the newest: none comes earlier
            places.append(element - place)
            buffer += [rest.pop(0)] if rest else []
        return max(places)

    holds("buffer_size − 1", early, 6)

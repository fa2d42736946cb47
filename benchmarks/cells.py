"""`python -m benchmarks.cells`: draws the pictures of docs/cells.md, one SVG for each cell.

They have a ground of their own, so that they can be read on a light page and on a dark one.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "cells"
INK, GROUND, SUM, PRODUCT = "#1f2328", "#ffffff", "#fff1c9", "#d7e8ff"

Point = tuple[int, int]


class Drawing:
    """Lines, boxes and circles, in the order in which they are drawn."""

    def __init__(self, title: str, width: int, height: int) -> None:
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'font-family="Helvetica, Arial, sans-serif" font-size="15" text-anchor="middle" role="img">',
            f"<title>{title}</title>",
            '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
            f'orient="auto"><path d="M0 0 10 5 0 10z" fill="{INK}"/></marker></defs>',
            f'<rect x="1" y="1" width="{width - 2}" height="{height - 2}" rx="8" fill="{GROUND}" stroke="#8c959f"/>',
        ]

    def line(self, *points: Point, tip: bool = True) -> None:
        """From point to point, with an arrow at the end or without."""
        path = " ".join(f"{x},{y}" for x, y in points)
        end = ' marker-end="url(#tip)"' if tip else ""
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{INK}" stroke-width="1.6"{end}/>')

    def dot(self, at: Point) -> None:
        """Where a line parts in two."""
        self.parts.append(f'<circle cx="{at[0]}" cy="{at[1]}" r="3.5" fill="{INK}"/>')

    def words(self, at: Point, text: str, anchor: str = "middle", size: int = 15) -> None:
        """Text; what stands behind _ is lowered."""
        head, _, low = text.partition("_")
        lowered = f'<tspan dy="4" font-size="{size - 4}">{low}</tspan>' if low else ""
        where = f'x="{at[0]}" y="{at[1] + 5}" text-anchor="{anchor}" font-size="{size}"'
        self.parts.append(f'<text {where} fill="{INK}">{head}{lowered}</text>')

    def box(self, at: Point, text: str, label: str, width: int = 54) -> None:
        """A weighted sum and the function of it; its name is beside the arrow out of it."""
        x, y = at
        shape = f'x="{x - width // 2}" y="{y - 17}" width="{width}" height="34" rx="5"'
        self.parts.append(f'<rect {shape} fill="{SUM}" stroke="{INK}" stroke-width="1.4"/>')
        self.words(at, text)
        self.words((x + 7, y - 29), label, "start", 13)

    def circle(self, at: Point, text: str, width: int = 30) -> None:
        """An operation, element by element."""
        shape = f'cx="{at[0]}" cy="{at[1]}" rx="{width // 2}" ry="15"'
        self.parts.append(f'<ellipse {shape} fill="{PRODUCT}" stroke="{INK}" stroke-width="1.4"/>')
        self.words(at, text)

    def inputs(self, x: int, box: int, h: int | None, of_x: int | None) -> None:
        """The arrows into a box, from the line of h, from the line of x, or from both."""
        shift = 10 if h and of_x else 0
        for bus, at in ((h, x - shift), (of_x, x + shift)):
            if bus:
                self.dot((at, bus))
                self.line((at, bus), (at, box + 17))

    def __str__(self) -> str:
        return "\n".join([*self.parts, "</svg>"]) + "\n"


def rnn() -> Drawing:
    """The simple recurrent network: one weighted sum, one function."""
    d = Drawing("RNN: the hidden state is a function of the input and of the hidden state before", 460, 240)
    d.line((75, 150), (230, 150), tip=False)
    d.line((75, 200), (250, 200), tip=False)
    d.words((45, 150), "h_t−1")
    d.words((50, 200), "x_t")
    d.inputs(240, 105, 150, 200)
    d.line((240, 88), (240, 45), (395, 45))
    d.box((240, 105), "f", "hidden")
    d.words((420, 45), "h_t")
    return d


def lstm() -> Drawing:
    """Long short-term memory: four weighted sums, two states."""
    d = Drawing("LSTM: the cell state is kept, added to and read through gates", 660, 340)
    d.line((75, 50), (585, 50))
    d.words((45, 50), "c_t−1")
    d.words((610, 50), "c_t")
    d.line((75, 250), (420, 250), tip=False)
    d.line((75, 300), (440, 300), tip=False)
    d.words((45, 250), "h_t−1")
    d.words((50, 300), "x_t")
    for x in (130, 220, 330, 430):
        d.inputs(x, 205, 250, 300)
    d.line((130, 188), (130, 66))
    d.line((220, 188), (220, 115), (259, 115))
    d.line((330, 188), (330, 115), (291, 115))
    d.line((275, 100), (275, 66))
    d.line((430, 188), (430, 160), (499, 160))
    d.dot((515, 50))
    d.line((515, 50), (515, 145))
    d.line((515, 175), (515, 250), (585, 250))
    d.words((610, 250), "h_t")
    d.circle((130, 50), "×")
    d.circle((275, 50), "+")
    d.circle((275, 115), "×")
    d.circle((515, 160), "×")
    d.box((130, 205), "σ", "forget f")
    d.box((220, 205), "σ", "input i")
    d.box((330, 205), "tanh", "cell g")
    d.box((430, 205), "σ", "output o")
    d.circle((515, 98), "tanh", 46)
    return d


def gru() -> Drawing:
    """The gated recurrent unit: the new state is mixed from the old one and a proposal."""
    d = Drawing("GRU: the hidden state is mixed from the one before and a new one", 660, 350)
    d.line((75, 45), (585, 45))
    d.words((45, 45), "h_t−1")
    d.words((610, 45), "h_t")
    d.dot((95, 45))
    d.line((95, 45), (95, 265), (340, 265), tip=False)
    d.line((75, 310), (440, 310), tip=False)
    d.words((50, 310), "x_t")
    d.inputs(150, 220, 265, 310)
    d.inputs(240, 220, 265, 310)
    d.inputs(340, 220, 265, None)
    d.inputs(440, 220, None, 310)
    d.line((150, 203), (150, 61))
    d.dot((150, 100))
    d.line((150, 100), (209, 100))
    d.line((239, 100), (524, 100))
    d.line((240, 203), (240, 155), (324, 155))
    d.line((340, 203), (340, 171))
    d.line((356, 155), (424, 155))
    d.line((440, 203), (440, 171))
    d.line((456, 155), (512, 155))
    d.line((540, 138), (540, 116))
    d.line((540, 84), (540, 61))
    d.circle((150, 45), "×")
    d.circle((540, 45), "+")
    d.circle((540, 100), "×")
    d.circle((340, 155), "×")
    d.circle((440, 155), "+")
    d.circle((224, 100), "1−")
    d.box((150, 220), "σ", "update z")
    d.box((240, 220), "σ", "reset r")
    d.box((340, 220), "Uh + d", "", 70)
    d.box((440, 220), "Wx + b", "", 70)
    d.box((540, 155), "tanh", "")
    d.words((572, 155), "new n", "start", 13)
    return d


PICTURES = {"rnn": rnn, "lstm": lstm, "gru": gru}


def main() -> None:
    """Writes them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(str(draw()), encoding="utf-8")


if __name__ == "__main__":
    main()

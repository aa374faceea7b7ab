"""The two invented stations of the demonstration."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoStation:
    """A station that does not exist: its folder, its name, its place (degrees, WGS 84) and the look of its sheet.

    `light` and `dusk` are the sheet's colour (red, green, blue) under the lamp and in the corners; `lamp` is where the
    lamp shines, in shares of the picture; `woven` tells a cloth from a painted board.
    """

    folder: str
    name: str
    latitude: float
    longitude: float
    timezone: str
    light: tuple[int, int, int]
    dusk: tuple[int, int, int]
    lamp: tuple[float, float]
    woven: bool
    crowd: float  # animals that arrive in a capture's interval at the height of the evening


STATIONS = (
    DemoStation(
        folder="meadow-edge",
        name="Meadow edge",
        latitude=56.2291,
        longitude=10.5604,
        timezone="Europe/Copenhagen",
        light=(232, 232, 234),
        dusk=(112, 98, 138),
        lamp=(0.46, 0.44),
        woven=False,
        crowd=3.4,
    ),
    DemoStation(
        folder="old-orchard",
        name="Old orchard",
        latitude=55.4038,
        longitude=11.3546,
        timezone="Europe/Copenhagen",
        light=(236, 232, 214),
        dusk=(116, 122, 130),
        lamp=(0.58, 0.36),
        woven=True,
        crowd=2.4,
    ),
)

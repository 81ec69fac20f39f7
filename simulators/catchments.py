"""The sub-basins, dams and gauges of the simulated Hương, Bồ, Ô Lâu and Truồi: numbers with where they come from.

Areas: Thượng Nhật 208, Bình Điền 570, Cổ Bi 720, Tả Trạch dam 717, Bồ 938 km² are quoted figures (some unverified);
those of the lower Hương, Ô Lâu and Truồi, all response times and all ratings are chosen so that floods look like those on
record (Kim Long 5.05 m and +0.11 m/h on 27 October 2025, Tả Trạch inflow above 6,700 m³/s). This is a stand-in for field
hardware; no forecast and no warning rests on it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Catchment:
    """Land whose rain leaves at one point."""

    name: str
    area_km2: float
    soil_capacity_mm: float
    response_h: float  # time constant of each of the three linear reservoirs
    points: tuple[tuple[float, float], ...]  # latitude, longitude of places whose mean rain is the areal rain


@dataclass(frozen=True, kw_only=True, slots=True)
class Dam:
    """A reservoir with its simple release rule (see `simulators.reservoirs`)."""

    name: str
    lat: float
    lon: float
    catchments: tuple[str, ...]  # that flow into it
    normal_storage_m3: float
    normal_level_m: float  # above sea, at normal storage
    empty_level_m: float  # invented: the lake's floor in the level-storage curve
    flood_storage_share: float  # storage kept free before the flood season, as a share of normal storage (chosen)
    turbine_m3s: float  # ordinary release (chosen)
    order_leaves_share: float  # of the normal storage, below which no ordered release draws the lake (chosen)


@dataclass(frozen=True, kw_only=True, slots=True)
class Inflow:
    """What reaches a river node: one dam's release or one catchment's runoff, some hours later."""

    source: str
    lag_h: float
    share: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A place on a river: its inflows added, then smoothed by the storage of the reach and its flood plain."""

    name: str
    inflows: tuple[Inflow, ...]
    storage_h: float
    lat: float
    lon: float
    zero_m: float  # stage at no flow
    rating_a: float  # stage above zero_m = rating_a · Q^rating_b, Q in m³/s
    rating_b: float
    tide: float = 0.0  # share of the lagoon's tide that is felt at low flow


CATCHMENTS: tuple[Catchment, ...] = (
    Catchment(
        name="thuong_nhat",
        area_km2=208,
        soil_capacity_mm=180,
        response_h=0.9,
        points=((16.12, 107.70), (16.08, 107.68), (16.16, 107.74)),
    ),
    Catchment(
        name="ta_trach",
        area_km2=509,
        soil_capacity_mm=200,
        response_h=1.2,
        points=((16.22, 107.70), (16.28, 107.65), (16.17, 107.62), (16.20, 107.78)),
    ),
    Catchment(
        name="huu_trach",
        area_km2=570,
        soil_capacity_mm=200,
        response_h=1.4,
        points=((16.27, 107.48), (16.20, 107.45), (16.30, 107.40), (16.15, 107.52)),
    ),
    Catchment(
        name="bo",
        area_km2=720,
        soil_capacity_mm=200,
        response_h=1.5,
        points=((16.38, 107.30), (16.30, 107.28), (16.42, 107.38), (16.25, 107.32)),
    ),
    Catchment(
        name="huong_lower",
        area_km2=300,
        soil_capacity_mm=160,
        response_h=1.8,
        points=((16.40, 107.58), (16.35, 107.60), (16.42, 107.50)),
    ),
    Catchment(
        name="bo_lower",
        area_km2=218,
        soil_capacity_mm=160,
        response_h=1.8,
        points=((16.48, 107.42), (16.44, 107.38)),
    ),
    Catchment(
        name="o_lau",
        area_km2=500,
        soil_capacity_mm=180,
        response_h=2.5,
        points=((16.55, 107.25), (16.50, 107.20), (16.60, 107.32)),
    ),
    Catchment(
        name="truoi",
        area_km2=75,
        soil_capacity_mm=160,
        response_h=1.0,
        points=((16.25, 107.78), (16.22, 107.80), (16.30, 107.77)),
    ),
)

#: Storages and normal levels: huengaynay 160447, vnexpress 4953261, huengaynay 158214; Bình Điền's storage unverified.
DAMS: tuple[Dam, ...] = (
    Dam(
        name="ta_trach",
        lat=16.312,
        lon=107.636,
        catchments=("thuong_nhat", "ta_trach"),
        normal_storage_m3=509.8e6,
        normal_level_m=45.0,
        empty_level_m=10.0,
        flood_storage_share=0.12,
        turbine_m3s=60.0,
        order_leaves_share=0.55,
    ),
    Dam(
        name="binh_dien",
        lat=16.32,
        lon=107.506,
        catchments=("huu_trach",),
        normal_storage_m3=423e6,
        normal_level_m=85.0,
        empty_level_m=25.0,
        flood_storage_share=0.07,
        turbine_m3s=40.0,
        order_leaves_share=0.75,
    ),
    Dam(
        name="huong_dien",
        lat=16.463,
        lon=107.437,
        catchments=("bo",),
        normal_storage_m3=820e6,
        normal_level_m=58.0,
        empty_level_m=10.0,
        flood_storage_share=0.07,
        turbine_m3s=50.0,
        order_leaves_share=0.75,
    ),
)

#: Lags: dams to Kim Long 3-5 h, Thượng Nhật 5-8 h are unverified figures; Kim Long and Phú Ốc positions are unverified.
NODES: tuple[Node, ...] = (
    Node(
        name="thuong_nhat",
        inflows=(Inflow(source="thuong_nhat", lag_h=0.0),),
        storage_h=0.3,
        lat=16.12,
        lon=107.69,
        zero_m=57.6,
        rating_a=0.060,
        rating_b=0.56,
    ),
    Node(
        name="duong_hoa",
        inflows=(Inflow(source="dam:ta_trach", lag_h=0.5),),
        storage_h=0.5,
        lat=16.32,
        lon=107.62,
        zero_m=4.0,
        rating_a=0.05,
        rating_b=0.58,
    ),
    Node(
        name="binh_dien_tv",
        inflows=(Inflow(source="dam:binh_dien", lag_h=0.5),),
        storage_h=0.5,
        lat=16.35,
        lon=107.50,
        zero_m=6.0,
        rating_a=0.05,
        rating_b=0.58,
    ),
    Node(
        name="kim_long",
        inflows=(
            Inflow(source="dam:ta_trach", lag_h=2.5),
            Inflow(source="dam:binh_dien", lag_h=2.5),
            Inflow(source="huong_lower", lag_h=1.0),
        ),
        storage_h=17.0,
        lat=16.4678,
        lon=107.5642,
        zero_m=-0.25,
        rating_a=0.0141,
        rating_b=0.72,
        tide=1.0,
    ),
    Node(
        name="da_vien",
        inflows=(
            Inflow(source="dam:ta_trach", lag_h=2.0),
            Inflow(source="dam:binh_dien", lag_h=2.0),
            Inflow(source="huong_lower", lag_h=0.5),
        ),
        storage_h=17.0,
        lat=16.458,
        lon=107.572,
        zero_m=-0.25,
        rating_a=0.0145,
        rating_b=0.72,
        tide=1.0,
    ),
    Node(
        name="co_bi",
        inflows=(Inflow(source="dam:huong_dien", lag_h=0.5),),
        storage_h=0.5,
        lat=16.47,
        lon=107.41,
        zero_m=3.0,
        rating_a=0.06,
        rating_b=0.56,
    ),
    Node(
        name="tu_phu",
        inflows=(Inflow(source="dam:huong_dien", lag_h=1.5), Inflow(source="bo_lower", lag_h=0.5)),
        storage_h=6.0,
        lat=16.52,
        lon=107.45,
        zero_m=0.2,
        rating_a=0.0285,
        rating_b=0.68,
        tide=0.6,
    ),
    Node(
        name="phu_oc",
        inflows=(Inflow(source="dam:huong_dien", lag_h=2.5), Inflow(source="bo_lower", lag_h=1.0)),
        storage_h=9.0,
        lat=16.55,
        lon=107.47,
        zero_m=-0.1,
        rating_a=0.0281,
        rating_b=0.68,
        tide=0.7,
    ),
    Node(
        name="ta_luong",
        inflows=(Inflow(source="bo", lag_h=0.0, share=0.35),),
        storage_h=0.5,
        lat=16.30,
        lon=107.30,
        zero_m=52.0,
        rating_a=0.06,
        rating_b=0.56,
    ),
    Node(
        name="phong_binh",
        inflows=(Inflow(source="o_lau", lag_h=3.0),),
        storage_h=5.0,
        lat=16.63,
        lon=107.36,
        zero_m=0.2,
        rating_a=0.028,
        rating_b=0.6,
        tide=0.6,
    ),
    Node(
        name="cau_truoi",
        inflows=(Inflow(source="truoi", lag_h=0.5),),
        storage_h=1.0,
        lat=16.31,
        lon=107.77,
        zero_m=0.3,
        rating_a=0.055,
        rating_b=0.62,
        tide=0.4,
    ),
)

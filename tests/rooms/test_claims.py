import pytest

from rooms.claims import claims_role, cores, without_claims


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("Host", ""),
        ("h0st", ""),
        ("Tom (host)", "Tom"),
        ("TomHost", "Tom"),
        ("Co-host Tom", "Tom"),
        ("H o s t", ""),
        ("H o s t Tom", ""),
        ("\u041dost", ""),
        ("H\u00f3st", ""),
        ("Host 2", ""),
        ("4dmin", ""),
        ("Admin1", ""),
        ("Zoom Support", ""),
        ("Ana | Zoom", "Ana |"),
        ("xXm0deratorXx", ""),
        ("$upport", ""),
        ("\u1d00\u1d05\u1d0d\u026a\u0274", ""),
        ("Anfitri\u00f3n", ""),
        ("Luc\u00eda Moderadora", "Luc\u00eda"),
        ("Seguridad", ""),
    ],
)
def test_names_that_claim_a_role(name: str, left: str) -> None:
    assert claims_role(name)
    assert without_claims(name) == left
    assert not left or not claims_role(left)


@pytest.mark.parametrize(
    "name",
    [
        "Maya",
        "Mo D.",
        "Amy Hostetler",
        "Modesto",
        "Stafford",
        "Ada Min",
        "Rooty",
        "Rosie",
        "Ho Sun",
        "Co",
        "--",
    ],
)
def test_names_that_do_not(name: str) -> None:
    assert not claims_role(name)


@pytest.mark.parametrize(
    "name",
    ["Tom", "Tom 2", "2Tom", "T\u00f6m", "T\u0324om", "Tom (host)", "Tom \u2705", "Co-Host Tom", "T0m 99"],
)
def test_a_dressed_up_name_has_the_core_of_the_plain_one(name: str) -> None:
    assert not cores("Tom").isdisjoint(cores(name))


@pytest.mark.parametrize("name", ["Tom B", "Tommy", "Thomas", "Maya"])
def test_another_name_has_another_core(name: str) -> None:
    assert cores("Tom").isdisjoint(cores(name))

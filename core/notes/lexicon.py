"""The descriptors of the CBIS-DDSM tables, how people write them, and notes composed of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A descriptor. `key` is GROUP=VALUE as the tables write the value; `words` are ways to write it, the first for composing."""

    key: str
    words: tuple[str, ...]

    @property
    def group(self) -> str:
        """shape, margin, calcification or distribution."""
        return self.key.partition("=")[0]


def _terms(group: str, table: dict[str, tuple[str, ...]]) -> tuple[Term, ...]:
    return tuple(Term(f"{group}={value}", words) for value, words in table.items())


TERMS: tuple[Term, ...] = (
    *_terms(
        "shape",
        {
            "ROUND": ("round",),
            "OVAL": ("oval", "ovoid", "elliptical"),
            "LOBULATED": ("lobulated", "lobular"),
            "IRREGULAR": ("irregular", "irregularly shaped"),
            "ARCHITECTURAL_DISTORTION": ("architectural distortion", "distortion"),
            "LYMPH_NODE": ("lymph node", "intramammary node"),
            "FOCAL_ASYMMETRIC_DENSITY": ("focal asymmetric density", "focal asymmetry"),
            "ASYMMETRIC_BREAST_TISSUE": ("asymmetric breast tissue", "global asymmetry", "asymmetric tissue"),
        },
    ),
    *_terms(
        "margin",
        {
            "CIRCUMSCRIBED": ("circumscribed", "well defined", "sharply defined"),
            "OBSCURED": ("obscured",),
            "ILL_DEFINED": ("ill defined", "indistinct", "poorly defined"),
            "MICROLOBULATED": ("microlobulated",),
            "SPICULATED": ("spiculated", "spiculation", "spiculations", "spicules", "stellate"),
        },
    ),
    *_terms(
        "calcification",
        {
            "AMORPHOUS": ("amorphous", "indistinct calcification", "indistinct calcifications"),
            "COARSE": ("coarse", "popcorn"),
            "DYSTROPHIC": ("dystrophic",),
            "EGGSHELL": ("eggshell", "rim"),
            "FINE_LINEAR_BRANCHING": ("fine linear branching", "fine linear", "linear branching", "branching", "casting"),
            "LARGE_RODLIKE": ("large rodlike", "large rod like", "rodlike", "rod like"),
            "LUCENT_CENTER": ("lucent center", "lucent centered", "lucent centred", "lucent centre"),
            "MILK_OF_CALCIUM": ("milk of calcium", "teacup"),
            "PLEOMORPHIC": ("pleomorphic", "heterogeneous"),
            "PUNCTATE": ("punctate",),
            "ROUND_AND_REGULAR": ("round and regular",),
            "SKIN": ("skin", "dermal"),
            "VASCULAR": ("vascular", "arterial"),
        },
    ),
    *_terms(
        "distribution",
        {
            "CLUSTERED": ("clustered", "cluster", "clusters", "grouped", "group"),
            "SEGMENTAL": ("segmental",),
            "LINEAR": ("linear", "linearly arranged"),
            "REGIONAL": ("regional",),
            "DIFFUSELY_SCATTERED": ("diffusely scattered", "scattered", "diffuse"),
        },
    ),
)
BY_KEY = {t.key: t for t in TERMS}
SPELLINGS = {"LUCENT_CENTERED": "LUCENT_CENTER"}  # two spellings of one value in the tables
COLUMNS = {"shape": "mass shape", "margin": "mass margins", "calcification": "calc type", "distribution": "calc distribution"}
NUMBERS = {"density": (1, 4), "subtlety": (1, 5), "assessment": (0, 6)}  # of the tables, and as people write them in a note
VIEWS = {"CC": "CC view", "MLO": "MLO view"}


def keys_of(row: dict[str, str]) -> tuple[str, ...]:
    """The descriptors of a row as `core.datasets.sources.cbis_ddsm.describe` gives it; compound values name several."""
    found = []
    for group, column in COLUMNS.items():
        for value in row.get(column, "").split("-"):
            key = f"{group}={SPELLINGS.get(value, value)}"
            if key in BY_KEY and key not in found:
                found.append(key)
    return tuple(found)


def compose(keys: tuple[str, ...], *, side: str = "", view: str = "", density: str = "", subtlety: str = "", assessment: str = "") -> str:
    """A note as a radiologist might write it, from descriptors; what is empty is left out."""
    words = {group: [BY_KEY[k].words[0] for k in keys if BY_KEY[k].group == group] for group in COLUMNS}
    place = f"{side.capitalize()} breast" if side else "Breast"
    sentences = [f"{place}, {VIEWS[view]}." if view in VIEWS else f"{place}."]
    if words["shape"] or words["margin"]:
        margin = f" with {' and '.join(words['margin'])} margin" if words["margin"] else ""
        sentences.append(f"{' and '.join(words['shape'])} mass{margin}.".strip().capitalize())
    if words["calcification"] or words["distribution"]:
        where = f", {' and '.join(words['distribution'])} distribution" if words["distribution"] else ""
        sentences.append(f"{' and '.join(words['calcification'])} calcifications{where}.".strip().capitalize())
    for name, value in (("Breast density", density), ("Subtlety", subtlety), ("BI-RADS", assessment)):
        if value:
            sentences.append(f"{name} {value}.")
    return " ".join(sentences)

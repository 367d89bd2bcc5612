"""What a data set holds, as a table for people and programs. No torch."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from core.datasets.audit import cramers_v
from core.datasets.manifest import Manifest

NOT_STATED = "not stated"


@dataclass(frozen=True)
class DataCard:
    """Counts of a manifest.

    Attributes
    ----------
    table : dict of str to dict of str to int
        class → source → n images; for a multilabel space a combination of labels counts as a class.
    views, densities : dict of str to int
        As the source states them; "not stated" where it does not.
    largest_patient : int
        Images of the patient with the most.
    cramers_v : float or None
        Between class and source; None with one source or one class.
    """

    space: str
    images: int
    patients: int
    largest_patient: int
    table: dict[str, dict[str, int]]
    splits: dict[str, dict[str, int]]
    views: dict[str, int]
    densities: dict[str, int]
    with_regions: int
    cramers_v: float | None
    synthetic: bool
    terms: str
    traps: tuple[str, ...]

    @classmethod
    def of(cls, manifest: Manifest) -> "DataCard":
        """The card of a manifest; no file is read."""
        items = manifest.items
        table: dict[str, dict[str, int]] = {}
        for i in items:
            row = table.setdefault(i.label or "none", dict.fromkeys(manifest.sources, 0))
            row[i.source] += 1
        order = {c: n for n, c in enumerate(manifest.space.classes)}
        return cls(
            space=manifest.space.name,
            images=len(items),
            patients=len({i.patient_key for i in items}),
            largest_patient=max(Counter(i.patient_key for i in items).values()),
            table=dict(sorted(table.items(), key=lambda x: order.get(x[0], len(order)))),
            splits=manifest.counts(),
            views=_counts(i.view for i in items),
            densities=_counts(i.density for i in items),
            with_regions=sum(bool(i.rois or i.masks) for i in items),
            cramers_v=cramers_v(items),
            synthetic=manifest.synthetic,
            terms=manifest.terms,
            traps=manifest.traps,
        )

    def lines(self) -> list[str]:
        """The card in words."""
        out = [f"{self.images} images of {self.patients} patients{' (SYNTHETIC)' if self.synthetic else ''}, label space {self.space}"]
        for label, sources in self.table.items():
            out.append(f"  {label:22} {sum(sources.values()):6}   " + ", ".join(f"{s} {n}" for s, n in sources.items()))
        for title, counts in (("views", self.views), ("density", self.densities)):
            out.append(f"  {title:22} " + ", ".join(f"{k} {n}" for k, n in counts.items()))
        out.append(f"  {'with regions':22} {self.with_regions}; most images of one patient {self.largest_patient}")
        if self.cramers_v is not None:
            out.append(f"  {'class and source':22} Cramér's V {self.cramers_v:.2f}")
        out += [f"  {s:22} {sum(c.values())} images: " + ", ".join(f"{k} {n}" for k, n in c.items()) for s, c in self.splits.items()]
        return [*out, *(f"  {t}" for t in self.traps), f"  {self.terms}"]


def _counts(values: Iterable[str | None]) -> dict[str, int]:
    return dict(sorted(Counter(v or NOT_STATED for v in values).items()))

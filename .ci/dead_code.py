"""Print definitions in core and dashboard that nothing uses; exit 1 when there are any."""

import sys

from pydicom.datadict import DicomDictionary
from vulture import Vulture

# Called or read by a library, never by name in this repository.
CALLED_BY_LIBRARIES = ["model_config", "forward", "compute_cam_per_layer", "aggregate_multi_layers", "__getattr__"]
# Attributes that are only set: DICOM elements in a data set, properties of a ReportLab chart.
DICOM_KEYWORDS = {entry[4] for entry in DicomDictionary.values()}
CHART_PROPERTIES = {"valueMin", "valueMax", "valueStep", "fontName", "fontSize", "strokeColor", "strokeWidth", "strokeDashArray"}


def main() -> int:
    """Scan the two packages."""
    vulture = Vulture(ignore_names=CALLED_BY_LIBRARIES, ignore_decorators=["@field_validator*", "@model_validator*", "@computed_field*"])
    vulture.scavenge(["core", "dashboard"], exclude=["node_modules"])
    unused = [i for i in vulture.get_unused_code() if not (i.typ == "attribute" and i.name in DICOM_KEYWORDS | CHART_PROPERTIES)]
    for item in unused:
        print(item.get_report())
    return bool(unused)


if __name__ == "__main__":
    sys.exit(main())

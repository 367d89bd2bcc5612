"""Print definitions in core and dashboard that nothing uses; exit 1 when there are any."""

import sys

from pydicom.datadict import DicomDictionary
from vulture import Vulture

# Called or read by a library, or written into a file, never used by name in this repository.
USED_ELSEWHERE = [
    *("forward", "compute_cam_per_layer", "aggregate_multi_layers", "grads", "target_layer"),  # torch, grad-cam
    *("model_config", "schema_version", "manifest_sha256"),  # pydantic; card.json
    *("brier_decomposition", "binning", "first_score", "second_score", "first_called", "second_called"),  # report.json, comparison
    *("difference_random", "difference_centre"),  # report.json
    *("started", "predicted_counts"),  # run.json, report.json
    *("stateText",),  # the list's script
    *("url", "short", "presets", "heats", "heatLabel", "blind", "hanging", "prior"),  # the viewer's TypeScript
    *("append_nul", "priority_map", "handleError", "spool_max_size"),  # of SysLogHandler and of Starlette's form parser
    *("__getattr__", "__call__", "isolation_level"),  # Python, SQLAlchemy
]
DECORATORS = ["@field_validator*", "@model_validator*", "@computed_field*", "@app.callback*", "@app.command*"]
DECORATORS += ["@app.get*", "@app.post*", "@app.delete*", "@app.middleware*", "@app.exception_handler*"]
# Attributes that are only set: DICOM elements, properties of a ReportLab chart, of requests, of pynetdicom, of a DICOM file.
DICOM_KEYWORDS = {entry[4] for entry in DicomDictionary.values()}
CHART_PROPERTIES = {"valueMin", "valueMax", "valueStep", "fontName", "fontSize", "strokeColor", "strokeWidth", "strokeDashArray"}
CONNECTION_PROPERTIES = {"trust_env", "verify", "require_called_aet", "require_calling_aet", "maximum_associations"}
CONNECTION_PROPERTIES |= {"preamble", "acse_timeout", "dimse_timeout", "network_timeout", "connection_timeout"}
SET_ONLY = DICOM_KEYWORDS | CHART_PROPERTIES | CONNECTION_PROPERTIES


def main() -> int:
    """Scan the two packages."""
    vulture = Vulture(ignore_names=USED_ELSEWHERE, ignore_decorators=DECORATORS)
    vulture.scavenge(["core", "dashboard"], exclude=["node_modules"])
    unused = [i for i in vulture.get_unused_code() if not (i.typ == "attribute" and i.name in SET_ONLY)]
    for item in unused:
        print(item.get_report())
    return bool(unused)


if __name__ == "__main__":
    sys.exit(main())

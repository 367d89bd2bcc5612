"""A file becomes a Scan."""

from core.scans.quality import Quality, assess
from core.scans.read import read_scan
from core.scans.scan import Scan

__all__ = ["Quality", "Scan", "assess", "read_scan"]

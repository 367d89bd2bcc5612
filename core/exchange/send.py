"""Objects to an archive by STOW-RS or to a node by C-STORE, one after another, each known to have arrived before the next goes out."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import pydicom
from pydicom.uid import ExplicitVRLittleEndian

from core.exchange import ExchangeError, RefusedError
from core.exchange.settings import Archive, ExchangeSettings, Node

logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # it logs addresses; what failed is said by an ExchangeError
Destination = Archive | Node
_SENT_AGAIN = "The objects wait on this machine and are sent again."


def destination(settings: ExchangeSettings, name: str | None) -> Destination:
    """The archive or node of a name; without a name the first archive, else the first node. ExchangeError where there is none."""
    nodes = {n.name: n for n in settings.nodes}
    if name in nodes or (name is None and not settings.archives and nodes):
        return settings.node(name)
    return settings.archive(name)


def send(files: Sequence[Path], to: Destination, calling: str) -> Iterator[Path]:
    """Send files and yield each as soon as the destination has confirmed it.

    Parameters
    ----------
    files : sequence of Path
        DICOM files of PS3.10.
    to : Archive or Node
    calling : str
        Our AE title, for C-STORE.

    Raises
    ------
    RefusedError
        If an object is not accepted.
    ExchangeError
        If the destination cannot be reached or does not let us in; another attempt may succeed.
    """
    return _stow(files, to) if isinstance(to, Archive) else _c_store(files, to, calling)


def _stow(files: Sequence[Path], archive: Archive) -> Iterator[Path]:
    from core.exchange.dicomweb import DicomWeb

    with DicomWeb(archive) as line:
        for file in files:
            line.store(pydicom.dcmread(file))
            yield file


def _c_store(files: Sequence[Path], node: Node, calling: str) -> Iterator[Path]:
    from pynetdicom.ae import ApplicationEntity

    if not files:
        return
    ae = ApplicationEntity(calling)
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = ae.connection_timeout = node.timeout_s
    metas = [pydicom.dcmread(f, specific_tags=[], stop_before_pixels=True).file_meta for f in files]
    for sop_class, syntax in dict.fromkeys((m.MediaStorageSOPClassUID, m.TransferSyntaxUID) for m in metas):
        ae.add_requested_context(sop_class, [syntax])
        if syntax != ExplicitVRLittleEndian:
            ae.add_requested_context(sop_class, [ExplicitVRLittleEndian])
    association = ae.associate(node.host, node.port, ae_title=node.ae_title)
    if association.is_rejected:
        raise ExchangeError(f"{node.name} refuses our AE title {calling} or its own {node.ae_title}.", "Register both at the node.")
    if not association.is_established and association.rejected_contexts:
        raise _unsupported(node)
    if not association.is_established:
        raise ExchangeError(f"{node.name} cannot be reached.", _SENT_AGAIN)
    try:
        accepted = {(c.abstract_syntax, c.transfer_syntax[0]) for c in association.accepted_contexts}
        for file, meta in zip(files, metas, strict=True):
            ds = pydicom.dcmread(file)
            if (meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID) not in accepted:
                if (meta.MediaStorageSOPClassUID, ExplicitVRLittleEndian) not in accepted:
                    raise _unsupported(node)
                ds.decompress(generate_instance_uid=False)
            if not association.is_established:
                raise ExchangeError(f"The connection to {node.name} broke off.", _SENT_AGAIN)
            answer = association.send_c_store(ds)
            if "Status" not in answer:
                raise ExchangeError(f"The connection to {node.name} broke off.", _SENT_AGAIN)
            _check_status(int(answer.Status), node)
            yield file
    finally:
        association.release()


def _unsupported(node: Node) -> RefusedError:
    return RefusedError(f"{node.name} does not store objects of a kind that was sent.", "Enable their SOP classes at the node.")


def _check_status(status: int, node: Node) -> None:
    """C-STORE statuses of PS3.4 B.2.3: 0000 and warnings (B...) are stored, A700 is out of resources, the rest refuses the object."""
    if status == 0 or status >> 12 == 0xB:
        return
    if status >> 8 == 0xA7:
        raise ExchangeError(f"{node.name} is out of resources (status {status:04X}).", _SENT_AGAIN)
    raise RefusedError(f"{node.name} refused an object (status {status:04X}).", "Ask who runs the node.")

import ctypes
import sysconfig
from pathlib import Path


class Version(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint16) for name in ("major", "minor", "micro", "nano")]


library = ctypes.CDLL(str(Path(sysconfig.get_path("platlib"), "libusb_package", "libusb-1.0.so")))
library.libusb_get_version.restype = ctypes.POINTER(Version)


def predict(values):
    version = library.libusb_get_version().contents
    return [int(value) * version.major + version.minor for value in values]

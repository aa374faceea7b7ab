"""What Python's zipfile says of an archive that cannot be read, or not whole."""

import lzma
import zipfile
import zlib

# A wrong password and a compression that is not known are a RuntimeError.
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError)

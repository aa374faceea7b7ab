"""How good a capture is as a picture: brightness and sharpness, measured on a small copy."""

import cv2
import numpy as np
from numpy.typing import NDArray

LONGER_SIDE_PX = 1024


def measure(image: NDArray[np.uint8]) -> tuple[float, float]:
    """(brightness, sharpness) of a BGR picture.

    Brightness is the mean grey value, 0 to 255. Sharpness is the standard deviation of the Laplacian of the grey
    picture at a longer side of 1024 px (Pech-Pacheco et al. 2000, taken as a root so that it is in grey values).
    """
    scale = LONGER_SIDE_PX / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    return float(grey.mean()), float(cv2.Laplacian(grey, cv2.CV_32F).std())

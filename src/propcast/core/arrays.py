"""Types of the array functions: 64-bit floats with NaN for missing, 64-bit integers for counts and row numbers."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

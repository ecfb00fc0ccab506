import cv2
import numpy as np


def predict(values):
    image = np.array(values, dtype=np.uint8)
    return cv2.resize(image, (2, 1), interpolation=cv2.INTER_AREA).tolist()

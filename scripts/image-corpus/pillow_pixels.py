"""What Pillow reads: for each request, a line of JSON with a file's name and where to put pixels,
the size and what is special of its first picture. The pixels are RGB, 8 bits, upright, in sRGB, on
white."""

import io
import json
import sys
import warnings

import numpy as np
from PIL import Image, ImageCms, ImageOps

warnings.simplefilter('ignore')
Image.MAX_IMAGE_PIXELS = None
SRGB = ImageCms.createProfile('sRGB')


def describe(file, out):
    with Image.open(file) as image:
        image.seek(0)
        image.load()
        facts = {'format': image.format, 'mode': image.mode}
        icc = image.info.get('icc_profile')
        facts['profile'] = bool(icc)
        if image.format == 'AVIF':
            facts['unspecified'] = says_no_matrix(file)
        pixels = rgb(upright(image), icc, facts)
        facts['height'], facts['width'] = pixels.shape[:2]
        with open(out, 'wb') as target:
            target.write(pixels.tobytes())
        return facts


def says_no_matrix(file):
    """The colour box has 2 (unspecified) for the matrix (ISO/IEC 14496-12, 12.1.5)."""
    with open(file, 'rb') as source:
        _, found, rest = source.read(65536).partition(b'colrnclx')
    return found != b'' and rest[4:6] == b'\0\2'


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(image):
    """By EXIF or the TIFF's own tag; Pillow's exif_transpose believes XMP and other texts too."""
    if image.format == 'TIFF':
        return ImageOps.exif_transpose(image)
    exif = Image.Exif()
    exif.load(image.info.get('exif', b''))
    orientation = exif.get(0x0112, 1)
    turn = TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def rgb(image, icc, facts):
    if image.mode.startswith('I;16') or image.mode == 'I':
        words = np.asarray(image).astype(np.float64)
        if words.min(initial=0) < 0 or words.max(initial=0) > 65535:
            raise ValueError('its numbers are not of 16 bits')
        grey = np.floor(words / 257 + 0.5).astype(np.uint8)
        transparent = image.info.get('transparency')
        if isinstance(transparent, int):
            grey[words == transparent] = 255
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.mode == 'F':
        raise ValueError('floating-point numbers')
    alpha = None
    if image.has_transparency_data:
        image = image.convert('RGBA')
        alpha = np.asarray(image.getchannel('A')).astype(np.float64)[:, :, None] / 255
        image = image.convert('RGB')
        facts['alpha'] = True
    if image.mode in ('1', 'P', 'PA', 'La', 'LA', 'RGBa', 'RGBX', 'YCbCr', 'HSV'):
        image = image.convert('RGB')
    if icc and image.mode in ('RGB', 'CMYK', 'L'):
        image = converted(image, icc, facts)
    colours = np.asarray(image.convert('RGB'))
    if alpha is None:
        return colours
    return np.floor(colours * alpha + 255 * (1 - alpha) + 0.5).astype(np.uint8)


def converted(image, icc, facts):
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        return ImageCms.profileToProfile(image, source, SRGB, outputMode='RGB')
    except ImageCms.PyCMSError as error:
        facts['profileError'] = str(error)
        return image


for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = describe(request['file'], request['out'])
    except Exception as error:  # whatever a broken file brings about
        answer = {'error': f'{type(error).__name__}: {error}'}
    print(json.dumps(answer), flush=True)

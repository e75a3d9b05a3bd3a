"""tf.data: raw pixels in TFRecords, shuffled in a buffer of 1,000, parsed in parallel."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import tensorflow as tf
from loader_peer import run

SHUFFLE_BUFFER = 1000
FEATURES = {
    "image": tf.io.FixedLenFeature([], tf.string),
    "label": tf.io.FixedLenFeature([], tf.int64),
}


def open_loader(data, shape, batch, workers):
    def parse(record):
        example = tf.io.parse_single_example(record, FEATURES)
        pixels = tf.reshape(tf.io.decode_raw(example["image"], tf.uint8), shape[1:])
        return tf.cast(pixels, tf.float32) * (1 / 255), example["label"]

    options = tf.data.Options()
    options.threading.private_threadpool_size = workers
    dataset = (
        tf.data.TFRecordDataset(data)
        .shuffle(SHUFFLE_BUFFER)
        .map(parse, num_parallel_calls=tf.data.AUTOTUNE)
        .batch(batch)
        .prefetch(tf.data.AUTOTUNE)
        .with_options(options)
    )
    return lambda turn: dataset.as_numpy_iterator()


def write(images, labels, target):
    with tf.io.TFRecordWriter(target) as out:
        for image, label in zip(images, labels):
            feature = {
                "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image.tobytes()])),
                "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
            }
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            out.write(example.SerializeToString())


if __name__ == "__main__":
    run(open_loader, ["tensorflow_cpu"], write)
